alter table role add column
    -- Null: the role belongs to no organization and can be given everywhere at its level.
    organization_id char(24) references organization (organization_id) on delete cascade;

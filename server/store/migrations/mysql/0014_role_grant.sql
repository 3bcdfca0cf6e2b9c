create table role_grant (
    user_id char(26) not null,
    -- Hex SHA-256 of source, role and target together.
    grant_key char(64) not null,
    role varchar(64) not null,
    level varchar(16) not null,
    -- Null: the level is not organization.
    organization_id char(24),
    -- Null: the level is not project.
    project_id char(24),
    -- mapped: from rules at the last sign-in; manual: given by hand.
    source varchar(16) not null,
    -- JSON: the rules, groups and integrations it follows from.
    because mediumtext not null,
    created_at bigint not null,
    primary key (user_id, grant_key),
    foreign key (user_id) references user (user_id) on delete cascade,
    foreign key (organization_id) references organization (organization_id) on delete cascade,
    foreign key (project_id) references project (project_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

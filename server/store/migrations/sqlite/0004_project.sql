create table project (
    -- 24 hex digits.
    project_id char(24) not null primary key,
    organization_id char(24) not null,
    name varchar(255) not null,
    -- Hex SHA-256 of the name, byte for byte.
    name_key char(64) not null,
    created_at bigint not null,
    updated_at bigint not null,
    revision bigint not null,
    constraint project_name_key unique (organization_id, name_key),
    foreign key (organization_id) references organization (organization_id) on delete cascade
);

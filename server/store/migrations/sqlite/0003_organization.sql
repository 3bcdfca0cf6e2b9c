create table organization (
    -- 24 hex digits.
    organization_id char(24) not null primary key,
    name varchar(255) not null,
    -- Hex SHA-256 of the name, byte for byte.
    name_key char(64) not null,
    created_at bigint not null,
    updated_at bigint not null,
    revision bigint not null,
    constraint organization_name_key unique (name_key)
);

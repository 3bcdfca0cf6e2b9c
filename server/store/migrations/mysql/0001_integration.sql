create table integration (
    integration_id char(26) not null primary key,
    -- As it stands in URLs.
    name varchar(64) not null,
    -- Hex SHA-256 of the name in lower case.
    name_key char(64) not null,
    -- JSON: everything an administrator sets.
    settings mediumtext not null,
    enabled boolean not null,
    -- Sealed client secret; null: none is stored.
    secret text,
    -- Null: none is stored.
    secret_set_at bigint,
    created_by text not null,
    created_at bigint not null,
    updated_at bigint not null,
    revision bigint not null,
    constraint integration_name_key unique (name_key)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

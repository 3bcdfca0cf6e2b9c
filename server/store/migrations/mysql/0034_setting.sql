create table setting (
    setting_key varchar(64) not null primary key,
    -- JSON.
    value mediumtext not null,
    updated_at bigint not null,
    revision bigint not null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

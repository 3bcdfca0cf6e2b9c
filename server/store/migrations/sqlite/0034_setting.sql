create table setting (
    setting_key varchar(64) not null primary key,
    -- JSON.
    value text not null,
    updated_at bigint not null,
    revision bigint not null
);

create table sign_in_failure (
    -- Hex SHA-256 of what is counted: a folded user name, or an address.
    key_hash char(64) not null primary key,
    failure_count bigint not null,
    window_started_at bigint not null,
    -- Null: not locked.
    locked_until bigint
);

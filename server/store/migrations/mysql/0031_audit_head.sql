create table audit_head (
    -- There is one row, 1.
    audit_head_id bigint not null primary key,
    -- The last event's number; 0: there is none.
    number bigint not null,
    -- The last event's hash.
    hash char(64) not null,
    -- Key id and HMAC-SHA-256 of number and hash; empty until the key is first used.
    mac varchar(128) not null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

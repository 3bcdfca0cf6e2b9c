create table api_key_access (
    api_key_id char(24) not null,
    -- An address or a network (CIDR), as it was added, canonical.
    network varchar(64) not null,
    created_at bigint not null,
    used_count bigint not null,
    -- Null: never used.
    last_used_at bigint,
    -- Null: never used.
    last_used_address varchar(64),
    primary key (api_key_id, network),
    foreign key (api_key_id) references api_key (api_key_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table api_token (
    api_token_id char(26) not null primary key,
    name varchar(255) not null,
    -- Hex SHA-256 of the name, byte for byte.
    name_key char(64) not null,
    -- Hex SHA-256 of the token.
    value_hash char(64) not null,
    -- Null: made on the host, belongs to nobody.
    owner_id char(26),
    -- JSON: role names.
    roles text not null,
    -- JSON: addresses and networks.
    access_list text not null,
    created_at bigint not null,
    -- Null: does not end by itself.
    expires_at bigint,
    -- Null: never used.
    last_used_at bigint,
    constraint api_token_name_key unique (name_key),
    constraint api_token_value_hash unique (value_hash),
    foreign key (owner_id) references user (user_id) on delete cascade
);

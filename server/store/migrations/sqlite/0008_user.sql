create table user (
    user_id char(26) not null primary key,
    username text not null,
    -- Hex SHA-256 of the folded user name.
    username_key char(64) not null,
    -- Null: not known.
    display_name text,
    -- Null: not known.
    email text,
    -- User name, full name and e-mail address in lower case, one a line: what a search looks through.
    search_text text not null,
    enabled boolean not null,
    -- Null: has never signed in.
    last_login_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    -- Grows whenever the user, its role grants or its identities change.
    revision bigint not null,
    constraint user_username_key unique (username_key)
);

create table session_token (
    session_id char(26) not null primary key,
    -- Sealed.
    refresh_token text not null,
    -- SHA-256 of the login's nonce, base64url.
    nonce_hash char(43) not null,
    -- When it is shown next; a server that is about to do it moves this on first.
    next_refresh_at bigint not null,
    last_ok_at bigint not null,
    -- Null: the last refresh worked.
    failing_since bigint,
    foreign key (session_id) references session (session_id) on delete cascade
);

create table client_key (
    client_key_id char(26) not null primary key,
    -- Counts up. Unique, so that of several servers that make a key at once only one succeeds.
    generation bigint not null,
    algorithm varchar(16) not null,
    -- RFC 7638.
    kid varchar(64) not null,
    public_jwk text not null,
    -- Sealed.
    private_key text not null,
    created_at bigint not null,
    -- From then on it signs; it is published before.
    activated_at bigint not null,
    -- Null: in use. From then on it is not published any more.
    retired_at bigint,
    constraint client_key_generation unique (generation)
);

create table form_draft (
    form_draft_id char(26) not null primary key,
    -- Hex SHA-256 of whose it is.
    owner_key char(64) not null,
    -- JSON: the fields as they were typed, secrets left out.
    fields text not null,
    expires_at bigint not null
);

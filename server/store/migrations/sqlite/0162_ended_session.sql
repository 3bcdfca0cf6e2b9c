create table ended_session (
    -- Hex SHA-256 of the cookie of a session that is over.
    session_id_hash char(64) not null primary key,
    -- Why it ended, as a code.
    reason varchar(64) not null,
    -- When nobody is told any more.
    expires_at bigint not null
);

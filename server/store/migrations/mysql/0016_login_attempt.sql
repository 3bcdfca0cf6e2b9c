create table login_attempt (
    login_attempt_id char(26) not null primary key,
    -- Hex SHA-256 of the state parameter.
    state_hash char(64) not null,
    -- Hex SHA-256 of the cookie that binds the attempt to a browser.
    browser_hash char(64) not null,
    integration_id char(26) not null,
    issuer text not null,
    -- Sealed.
    nonce text not null,
    -- Sealed.
    pkce_verifier text not null,
    return_to text not null,
    created_at bigint not null,
    expires_at bigint not null,
    -- Null: no answer has come yet.
    consumed_at bigint,
    constraint login_attempt_state_hash unique (state_hash),
    foreign key (integration_id) references integration (integration_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

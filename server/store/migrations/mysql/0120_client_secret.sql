create table client_secret (
    integration_id char(26) not null,
    -- 1 or 2. The sealed value of slot 1 stays in integration.secret, where it always was.
    slot bigint not null,
    -- stored, environment or file.
    source varchar(16) not null,
    -- Sealed secret of slot 2; null: in slot 1, or somewhere else.
    sealed text,
    -- The variable's or file's name; null: the secret is stored here.
    reference text,
    set_at bigint not null,
    -- A user name, or host; empty until it is known.
    set_by text not null,
    -- Null: nobody said when.
    expires_at bigint,
    -- Of the warnings before expires_at, the last one given, in days; null: none.
    warned_days bigint,
    -- Null: the provider has not accepted it yet.
    last_used_at bigint,
    -- Null: the provider has not refused it.
    last_rejected_at bigint,
    primary key (integration_id, slot),
    foreign key (integration_id) references integration (integration_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

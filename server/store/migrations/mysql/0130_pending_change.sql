create table pending_change (
    pending_change_id char(26) not null primary key,
    -- What was done, one sentence.
    summary text not null,
    -- JSON: how it was before, secrets sealed, and what the change left. Empty object once it is over.
    state mediumtext not null,
    made_by text not null,
    made_at bigint not null,
    -- Without a confirmation by then it is taken back.
    deadline_at bigint not null,
    -- Null: nobody has confirmed it.
    confirmed_at bigint,
    -- Null: nobody has confirmed it.
    confirmed_by text,
    -- Null: it was not taken back.
    reverted_at bigint,
    -- `live` while it waits; null once it is over. So one waits at a time.
    live_key varchar(8),
    constraint pending_change_live_key unique (live_key)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

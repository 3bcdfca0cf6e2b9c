create table integration_result (
    -- A row of its own: every sign-in writes it, while other rows that refer to the integration are being made.
    integration_id char(26) not null primary key,
    -- Null: nobody has signed in with it yet.
    last_success_at bigint,
    -- Null: no sign-in has failed yet.
    last_failure_at bigint,
    -- Null: no sign-in has failed yet.
    last_failure_code varchar(64),
    foreign key (integration_id) references integration (integration_id) on delete cascade
);

create table login_answer (
    -- Hex SHA-256 of the reference that the browser comes back with.
    reference_hash char(64) not null primary key,
    login_attempt_id char(26) not null,
    -- Sealed: what the browser posted.
    answer text not null,
    constraint login_answer_login_attempt_id unique (login_attempt_id),
    foreign key (login_attempt_id) references login_attempt (login_attempt_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table password (
    user_id char(26) not null primary key,
    -- Argon2id in PHC form.
    phc text not null,
    -- A one-time password: to be changed at the first sign-in.
    must_change boolean not null,
    -- Null: it does not end by itself.
    expires_at bigint,
    updated_at bigint not null,
    foreign key (user_id) references user (user_id) on delete cascade
);

create table lease (
    -- The task that one server at a time does.
    name varchar(64) not null primary key,
    holder varchar(64) not null,
    expires_at bigint not null
);

create table role (
    -- A role beside the built-in ones, in its canonical spelling.
    name varchar(64) not null primary key,
    level varchar(16) not null,
    label varchar(255) not null,
    description text not null,
    -- JSON: names of permissions.
    permissions mediumtext not null,
    created_at bigint not null,
    updated_at bigint not null,
    revision bigint not null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

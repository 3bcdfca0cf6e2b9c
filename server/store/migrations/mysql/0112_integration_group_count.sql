create table integration_group_count (
    integration_id char(26) not null primary key,
    -- The most groups that came with one sign-in, of those from 150 on.
    most int not null,
    -- When somebody last came with 150 or more.
    seen_at bigint not null,
    foreign key (integration_id) references integration (integration_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

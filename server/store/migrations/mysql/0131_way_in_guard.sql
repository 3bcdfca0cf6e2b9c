create table way_in_guard (
    -- There is one row, 1: whoever changes a way in holds it until the commit.
    way_in_guard_id bigint not null primary key,
    turn bigint not null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

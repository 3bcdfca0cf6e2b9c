create table project_tags (
    project_id char(24) not null primary key,
    -- JSON: texts.
    tags mediumtext not null,
    foreign key (project_id) references project (project_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

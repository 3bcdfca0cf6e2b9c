create table project_tags (
    project_id char(24) not null primary key,
    -- JSON: texts.
    tags text not null,
    foreign key (project_id) references project (project_id) on delete cascade
);

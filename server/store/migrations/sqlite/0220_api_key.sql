create table api_key (
    api_key_id char(24) not null primary key,
    -- What stands as the user name in HTTP Digest.
    public_key char(8) not null,
    -- Sealed: Digest needs the key itself to check an answer.
    private_key text not null,
    description varchar(255) not null,
    level varchar(16) not null,
    -- Null: not of an organization.
    organization_id char(24),
    -- Null: not of a project.
    project_id char(24),
    -- JSON: role names.
    roles text not null,
    -- Who made it, as the audit log names them.
    created_by varchar(255) not null,
    created_at bigint not null,
    -- Null: never used.
    last_used_at bigint,
    constraint api_key_public_key unique (public_key),
    foreign key (organization_id) references organization (organization_id) on delete cascade,
    foreign key (project_id) references project (project_id) on delete cascade
);

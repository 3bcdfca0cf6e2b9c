create table mapping_rule (
    mapping_rule_id char(26) not null primary key,
    -- Null: the rule holds for any integration.
    integration_id char(26),
    -- Byte for byte as the provider writes it.
    group_name text not null,
    -- Hex SHA-256 of the group.
    group_key char(64) not null,
    role varchar(64) not null,
    level varchar(16) not null,
    -- Null: the level is not organization.
    organization_id char(24),
    -- Null: the level is not project.
    project_id char(24),
    -- Hex SHA-256 of integration, group, role and target together.
    rule_key char(64) not null,
    enabled boolean not null,
    created_at bigint not null,
    updated_at bigint not null,
    revision bigint not null,
    constraint mapping_rule_rule_key unique (rule_key),
    foreign key (integration_id) references integration (integration_id) on delete cascade,
    foreign key (organization_id) references organization (organization_id) on delete cascade,
    foreign key (project_id) references project (project_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

create table managed_object (
    -- integration, mapping_rule, organization, project.
    kind varchar(16) not null,
    -- The object's row.
    object_id varchar(32) not null,
    -- JSON: each field that the file sets, nested ones with dots, and its value; no secret.
    fields text not null,
    -- The file's name.
    file varchar(255) not null,
    -- Hex SHA-256 of the file.
    digest char(64) not null,
    applied_at bigint not null,
    -- Null while nobody but the file may change the fields.
    released_at bigint,
    primary key (kind, object_id)
);

create table provider_certificate (
    provider_certificate_id char(26) not null primary key,
    integration_id char(26) not null,
    -- Name and port.
    host varchar(255) not null,
    -- 0: the host's own; then those above it.
    position integer not null,
    subject text not null,
    issuer text not null,
    not_after bigint not null,
    -- SHA-256, hex pairs separated by colons.
    fingerprint char(95) not null,
    -- When the host last showed it.
    seen_at bigint not null,
    foreign key (integration_id) references integration (integration_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

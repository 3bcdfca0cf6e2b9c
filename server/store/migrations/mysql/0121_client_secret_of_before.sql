insert into client_secret (integration_id, slot, source, set_at, set_by)
select integration_id, 1, 'stored', coalesce(secret_set_at, created_at), created_by
from integration where secret is not null;

insert into way_in_guard (way_in_guard_id, turn) values (1, 0);

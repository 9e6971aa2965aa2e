-- Columns that no release has read. SQLite, which one process uses at a time, drops them. On PostgreSQL an instance of
-- 0.1.0 may still write them during a rolling upgrade, so they stay there, empty from now on; a later release drops them.
-- In the order in which running instances lock the tables.
ALTER TABLE destination ${retire} first_started_at ${retired};
ALTER TABLE delivery ${retire} started_at ${retired};
ALTER TABLE export ${retire} last_seen_at ${retired};
ALTER TABLE rejected_entry ${retire} last_seen_at ${retired};

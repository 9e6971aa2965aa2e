-- When the destination receives deliveries, as its route has it: commands that load no route show it, and all instances keep
-- to it. NULL for any time.
ALTER TABLE destination ADD COLUMN delivery_window text;

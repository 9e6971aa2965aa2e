-- Of what a destination has received, where that is not the verified file itself but another form of it; delivery.bytes has
-- its size then. NULL for all other deliveries: theirs is export_file.sha256.
ALTER TABLE delivery ADD COLUMN sha256 text;

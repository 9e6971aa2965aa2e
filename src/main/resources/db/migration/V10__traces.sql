-- The W3C trace context of the poll that found an export, and of the download that brought a file: a delivery links to both
-- days later. NULL while tracing is off, and where an instance of an earlier version recorded it.
ALTER TABLE export ADD COLUMN traceparent text;
ALTER TABLE export_file ADD COLUMN traceparent text;

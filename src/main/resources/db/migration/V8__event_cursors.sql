-- How far each export-events:NAME has read the events. One instance at a time reads for a name.
CREATE TABLE event_cursor (
  name        text   PRIMARY KEY,
  position    bigint NOT NULL,                -- the last event that its route has handled or passed over
  owner       text,                           -- the instance that reads now
  lease_until ${instant}                      -- after which another one may
);

-- What alert-on-failed-exports of an earlier version has reported is not reported again. The table alerted stays for
-- instances of that version.
INSERT INTO event (at, kind, actor, export_id, message)
  SELECT a.told_at, 'export-failed', 'relay', a.export_id, 'the export failed at the vendor' FROM alerted a
  WHERE a.told_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM event e WHERE e.export_id = a.export_id AND e.kind = 'export-failed');
INSERT INTO event_cursor (name, position)
  SELECT 'alert-on-failed-exports', (SELECT max(id) FROM event)
  WHERE EXISTS (SELECT 1 FROM alerted WHERE told_at IS NOT NULL);

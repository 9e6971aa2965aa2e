-- Failed exports that alert-on-failed-exports has told, or is about to tell: each one once, however many
-- instances look. A claim without told_at belongs to whoever is telling, or died while telling.
CREATE TABLE alerted (
  export_id  text PRIMARY KEY,
  claimed_at ${instant} NOT NULL,
  told_at    ${instant}
);

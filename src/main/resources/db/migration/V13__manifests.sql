-- The destination whose files the manifests list that this one receives; NULL: it receives files itself.
ALTER TABLE destination ADD COLUMN manifest_of text;
-- The safe name of the manifest that a delivery brings: one for each export, on the export's last file. NULL: it brings
-- the file.
ALTER TABLE delivery ADD COLUMN manifest text;

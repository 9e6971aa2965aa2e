package org.exportrelay.sandbox;

/** Identifies a file; its name cannot, as files of one export may share a name. */
record FileKey(String exportId, int index) {}

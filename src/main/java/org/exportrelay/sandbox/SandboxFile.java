package org.exportrelay.sandbox;

/**
 * One file of an export.
 *
 * @param filename its name, which other files, even of the same export, may have as well
 * @param records its data rows, without the header row
 */
public record SandboxFile(String filename, int records) {}

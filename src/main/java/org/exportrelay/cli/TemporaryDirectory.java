package org.exportrelay.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Locale;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;

/**
 * The directory for temporary files, checked before something fails in it: Quarkus creates its cache there, and SQLite
 * loads its native library from there.
 *
 * @param property of the JVM that names it
 * @param path as the property has it
 */
record TemporaryDirectory(String property, String path) {

    private static final String JAVA = "java.io.tmpdir";
    private static final String SQLITE = "org.sqlite.tmpdir";
    /** An installed library, which SQLite prefers to its own. */
    private static final String SQLITE_LIBRARY = "org.sqlite.lib.path";
    /** SQLite's library has 0.8 to 1.4 MB. */
    private static final long SQLITE_BYTES = 2L << 20;

    /**
     * Costs less than a millisecond.
     *
     * @param ledger only SQLite needs space, and a file system that executes files
     * @throws SettingsException if a directory cannot be used, with the option that names another
     */
    static void check(RelaySettings.Ledger ledger) {
        TemporaryDirectory java = new TemporaryDirectory(JAVA, System.getProperty(JAVA));
        java.check(false);
        if (ledger.url().startsWith("jdbc:sqlite:") && System.getProperty(SQLITE_LIBRARY) == null) {
            String own = System.getProperty(SQLITE);
            (own == null ? java : new TemporaryDirectory(SQLITE, own)).check(true);
        }
    }

    private void check(boolean forSqlite) {
        // Not a temporary file of the JDK: its random name alone would take several milliseconds.
        File file = new File(path, ".export-relay-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        try {
            file.createNewFile();
            if (forSqlite) {
                checkSpace(file);
                checkExecution(file);
            }
        } catch (IOException e) {
            throw unusable("cannot be written (" + e.getMessage() + ")", "to a directory that this user may write to");
        } finally {
            file.delete();
        }
    }

    private void checkSpace(File file) {
        long usable = file.getParentFile().getUsableSpace();
        if (usable < SQLITE_BYTES) {
            throw unusable(
                    String.format(
                            Locale.ROOT,
                            "has %,d bytes of free space, SQLite's native library needs %,d",
                            usable,
                            SQLITE_BYTES),
                    "to a directory with more space");
        }
    }

    /** The system denies execution also to root. A file system without such permissions may allow it all the same. */
    private void checkExecution(File file) throws IOException {
        if (file.setExecutable(true) && !file.canExecute() && isExecutableByPermission(file)) {
            throw unusable(
                    "is mounted with noexec, so SQLite's native library cannot be loaded from it",
                    "to a directory on a file system without noexec");
        }
    }

    private static boolean isExecutableByPermission(File file) throws IOException {
        return Files.getPosixFilePermissions(file.toPath()).contains(PosixFilePermission.OWNER_EXECUTE);
    }

    private SettingsException unusable(String problem, String other) {
        return new SettingsException(property + "=" + path + ": the directory for temporary files " + problem
                + "; fix that, or set java -D" + property + "=DIRECTORY " + other);
    }
}

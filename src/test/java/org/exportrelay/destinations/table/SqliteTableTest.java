package org.exportrelay.destinations.table;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Shows that nothing depends on PostgreSQL or MariaDB but what has to. */
class SqliteTableTest extends TableContract {

    @TempDir
    private static Path directory;

    private static TableClient client;

    @BeforeAll
    static void start() {
        client = new TableClient("jdbc:sqlite:" + directory.resolve("warehouse.db") + "?busy_timeout=20000", "", "");
    }

    @AfterAll
    static void stop() {
        client.close();
    }

    @Override
    TableClient client() {
        return client;
    }

    @Override
    String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}

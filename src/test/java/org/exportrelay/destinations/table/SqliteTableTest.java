package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.FailureTable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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

    @Test
    void waitsForSpaceOnADiskThatIsFull() throws Exception {
        client.send(table, options("createTable=true"), "id,name\n1,one\n");
        // The file may not grow.
        String full = options("url=RAW(jdbc:sqlite:" + directory.resolve("warehouse.db") + "?max_page_count=1)");
        assertThatThrownBy(() -> client.send(table, full, "id,name\n" + lines(0, 20_000)))
                .satisfies(thrown -> assertThat(FailureTable.classify(thrown)).satisfies(failure -> {
                    assertThat(failure.action()).isEqualTo(FailureAction.OUTAGE);
                    assertThat(failure.getMessage()).endsWith("free space on the server");
                }));
        assertThat(rows("id")).containsExactly("1");
    }
}

package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.MariaDb;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MariaDbTableTest extends TableContract {

    private static MariaDb mariaDb;
    private static TableClient client;

    @BeforeAll
    static void start() {
        MariaDb.assumeInstalled();
        mariaDb = MariaDb.start();
        client = new TableClient(mariaDb.url(), MariaDb.USER, MariaDb.PASSWORD);
    }

    @AfterAll
    static void stop() throws Exception {
        if (mariaDb != null) {
            client.close();
            mariaDb.close();
        }
    }

    @Override
    TableClient client() {
        return client;
    }

    @Override
    String quoted(String name) {
        return '`' + name.replace("`", "``") + '`';
    }

    /** Outside its strict mode, MariaDB stores what fits, and reports a warning. */
    @Test
    void parksAValueThatDoesNotFitAlsoWhereTheServerIsNotStrict() throws Exception {
        client.execute("SET GLOBAL sql_mode = ''");
        try {
            client.execute("CREATE TABLE " + table + " (id tinyint, name varchar(3), kind enum('a', 'b'))");
            for (String row : new String[] {"1,long,a", "300,one,a", "1,one,c"}) {
                assertParked(
                        () -> client.send(table, options(""), "id,name,kind\n1,one,a\n" + row + "\n"),
                        "record 2 of rows.csv.gz");
            }
            assertThat(rows("id")).isEmpty();
        } finally {
            client.execute("SET GLOBAL sql_mode = DEFAULT");
        }
    }

    @Test
    void waitsForAnEngineWithTransactions() throws Exception {
        client.execute("CREATE TABLE " + table + " (id integer) ENGINE=MyISAM");
        assertThatThrownBy(() -> client.send(table, options(""), "id\n1\n"))
                .hasMessageContaining("ENGINE=InnoDB")
                .satisfies(thrown ->
                        assertThat(FailureTable.classify(thrown).action()).isEqualTo(FailureAction.OUTAGE));
        assertThat(rows("id")).isEmpty();
    }

    @Test
    void storesTimesInUtc() throws Exception {
        client.execute("CREATE TABLE " + table + " (at datetime, day date, yes boolean)");
        client.send(
                table,
                options(""),
                "at,day,yes\n2026-02-17T15:30:00.000Z,2026-02-17,true\n2026-02-17 16:30:00+01:00,2026-02-17,1\n");
        assertThat(client.rows("SELECT DISTINCT DATE_FORMAT(at, '%H:%i'), day, yes + 0 FROM " + table))
                .containsExactly("15:30|2026-02-17|1");
    }

    @Test
    void writesToATableOfAnotherDatabase() throws Exception {
        client.execute("CREATE DATABASE d" + table);
        client.send(
                "d" + table + "." + table, options("createTable=true&mode=upsert&key=id"), "id,name\n1,one\n1,two\n");
        assertThat(client.rows("SELECT id, name FROM d" + table + "." + table)).containsExactly("1|two");
    }

    @Test
    void parksAColumnNameThatIsTooLong() {
        assertParked(
                () -> client.send(table, options("createTable=true"), "id," + "x".repeat(65) + "\n1,one\n"),
                "is longer than 64");
    }

    @Test
    void parksANumberThatIsTooLarge() throws Exception {
        client.execute("CREATE TABLE " + table + " (id integer, price decimal(12,2), weight double)");
        for (String row : new String[] {"1,1E999999999,1", "1,1E-999999999,1", "1,1,1e400", "1,1,-1E999999999"}) {
            assertParked(
                    () -> client.send(table, options(""), "id,price,weight\n1,2,3\n" + row + "\n"),
                    "record 2 of rows.csv.gz");
        }
        assertThat(rows("id")).isEmpty();
    }

    @Test
    void takesEveryValueOfTheNumbersThatTheDriverReportsAsOtherTypes() throws Exception {
        client.execute(
                "CREATE TABLE " + table
                        + " (id integer, built year, wide bigint unsigned, few tinyint(1), unsigned_few tinyint(1) unsigned, bits bit(1))");
        client.send(
                table,
                options(""),
                "id,built,wide,few,unsigned_few,bits\n1,1987,18446744073709551615,2,255,1\n"
                        + "2,2026,7,-128,true,0\n3,,,false,,\n4,1901,9223372036854775808,true,0,1\n");
        assertThat(client.rows("SELECT id, built + 0, wide, few + 0, unsigned_few + 0, bits + 0 FROM " + table
                        + " ORDER BY id"))
                .containsExactly(
                        "1|1987|18446744073709551615|2|255|1",
                        "2|2026|7|-128|1|0",
                        "3|null|null|0|null|null",
                        "4|1901|9223372036854775808|1|0|1");
        for (String row : new String[] {
            "1,1850,1,1,1,1",
            "1,87x,1,1,1,1",
            "1,1987,18446744073709551616,1,1,1",
            "1,1987,-1,1,1,1",
            "1,1987,1.5,1,1,1",
            "1,1987,1,128,1,1",
            "1,1987,1,maybe,1,1",
            "1,1987,1,1,-1,1",
            "1,1987,1,1,1,2"
        }) {
            assertParked(
                    () -> client.send(
                            table, options(""), "id,built,wide,few,unsigned_few,bits\n1,1987,1,1,1,1\n" + row + "\n"),
                    "record 2 of rows.csv.gz");
        }
        assertThat(rows("id")).hasSize(4);
    }

    @Test
    void createsColumnsOfTheseTypes() throws Exception {
        String types = "createTable=true&types=built:year,wide:bigint unsigned,few:tinyint(1)";
        client.send(table, options(types), "built,wide,few\n1987,18446744073709551615,2\n");
        client.send(table, options(types), "built,wide,few\n1988,1,true\n");
        assertThat(client.rows("SELECT built + 0, wide, few + 0 FROM " + table))
                .containsExactlyInAnyOrder("1987|18446744073709551615|2", "1988|1|1");
    }

    /** A large file may take the server hours. */
    @Test
    void waitsForAStatementAsLongAsItTakesUnlessTheUrlLimitsIt() throws Exception {
        try (Connection connection =
                client.endpoint(table, options("")).connections().open()) {
            assertThat(connection.getNetworkTimeout()).isZero();
        }
        String url = mariaDb.url() + "?socketTimeout=1000";
        try (TargetDatabase database = TargetDatabase.open(
                client.endpoint(table, options("url=RAW(" + url + ")")).connections())) {
            assertThat(database.connection().getNetworkTimeout()).isEqualTo(1_000);
        }
    }
}

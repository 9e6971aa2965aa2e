package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.FailureTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds in every database. */
abstract class TableContract {

    /** Of its own for each test. */
    final String table = "t" + UUID.randomUUID().toString().replace("-", "").substring(0, 20);

    final String receipts = "r" + table;

    abstract TableClient client();

    /** Quotes a name as the database does. */
    abstract String quoted(String name);

    @Test
    void writesEveryRowAndAReceipt() throws Exception {
        Delivery delivery = TableClient.delivery();
        client().send(table, "createTable=true&receiptTable=" + receipts, "id,name\n1,one\n2,two\n", delivery);
        assertThat(rows("id, name")).containsExactlyInAnyOrder("1|one", "2|two");
        assertThat(client().rows("SELECT export_id, file_name, record_count, replay FROM " + receipts))
                .containsExactly(
                        delivery.file().exportId() + "|" + delivery.file().uniqueName() + "|2|0");
    }

    @Test
    void keepsEveryCharacterOfEveryValue() throws Exception {
        List<String> values = List.of(
                "tab\there",
                "line\nbreak",
                "return\r\nboth",
                "back\\slash",
                "\\N",
                "\\.",
                "quote\"s'",
                "Straße",
                "漢字",
                "🏠 \\n",
                " spaces ",
                "comma,s",
                "{a}",
                "%s");
        String csv = "value\n"
                + String.join(
                        "\n",
                        values.stream()
                                .map(value -> '"' + value.replace("\"", "\"\"") + '"')
                                .toList());
        client().send(table, options("createTable=true"), csv);
        assertThat(rows("value")).containsExactlyInAnyOrderElementsOf(values);
    }

    @Test
    void writesNothingTwiceWhenTheLedgerMissedTheEndOfTheLastAttempt() throws Exception {
        Delivery delivery = TableClient.delivery();
        for (int attempt = 0; attempt < 3; attempt++) {
            client().send(table, options("createTable=true"), "id\n1\n2\n", delivery);
        }
        assertThat(rows("id")).hasSize(2);
        // A replay, though, was asked for.
        client().send(table, options(""), "id\n1\n2\n", TableClient.replayed(delivery, 1));
        client().send(table, options(""), "id\n1\n2\n", TableClient.replayed(delivery, 1));
        assertThat(rows("id")).hasSize(4);
    }

    @Test
    void findsTheReceiptBeforeItComparesTheHeader() throws Exception {
        Delivery delivery = TableClient.delivery();
        client().send(table, options("createTable=true"), "id\n1\n", delivery);
        client().execute("ALTER TABLE " + table + " ADD COLUMN other varchar(9)");
        client().send(table, options(""), "id\n1\n", delivery);
        assertThat(rows("id")).hasSize(1);
    }

    @Test
    void hasNoRowOfAFileThatTurnsOutBadHalfWay() throws Exception {
        assertParked(
                () -> client().send(table, options("createTable=true"), "id,name\n" + "1,one\n".repeat(1_000) + "2\n"),
                "record 1,001");
        assertThat(rows("id")).isEmpty();
        assertThat(client().rows("SELECT id FROM " + receipts)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"price:numeric(12,2)|12.50|1O.50", "price:integer|7|seven", "price:date|2026-02-17|2026-02-30"})
    void parksABadValueUnderItsRecordNumber(String example) throws Exception {
        String[] parts = example.split("\\|");
        String csv = "id,price\n" + ("1," + parts[1] + "\n").repeat(250) + "2,\n" + "3," + parts[2] + "\n1," + parts[1];
        assertParked(
                () -> client().send(table, options("createTable=true&types=" + parts[0]), csv),
                "record 252 of rows.csv.gz");
        assertThat(rows("id")).isEmpty();
        client().send(table, options("types=" + parts[0]), csv.replace(parts[2], parts[1]));
        assertThat(rows("id")).hasSize(253);
        assertThat(client().rows("SELECT id FROM " + table + " WHERE price IS NULL"))
                .hasSize(1);
    }

    @Test
    void parksARowThatViolatesAConstraintUnderItsRecordNumber() throws Exception {
        client().execute("CREATE TABLE " + table + " (id integer NOT NULL PRIMARY KEY, name varchar(20))");
        client().send(table, options(""), "id,name\n7,seven\n");
        String csv = "id,name\n" + lines(100, 250) + "7,again\n" + lines(500, 501);
        assertParked(() -> client().send(table, options(""), csv), "record 151 of rows.csv.gz");
        assertThat(rows("name")).containsExactly("seven");
    }

    @Test
    void replacesRowsWithTheSameKey() throws Exception {
        String options = options("createTable=true&mode=upsert&key=id&types=price:integer");
        client().send(table, options, "id,name,price\n1,one,1\n2,two,2\n");
        client().send(table, options, "id,name,price\n2,zwei,\n3,three,3\n3,drei,4\n");
        assertThat(rows("id, name, price")).containsExactlyInAnyOrder("1|one|1", "2|zwei|null", "3|drei|4");
    }

    @Test
    void replacesRowsOfATableThatHasNothingButItsKey() throws Exception {
        String options = options("createTable=true&mode=upsert&key=a,b");
        client().send(table, options, "a,b\n1,1\n1,2\n");
        client().send(table, options, "a,b\n1,2\n1,3\n1,3\n");
        assertThat(rows("a, b")).containsExactlyInAnyOrder("1|1", "1|2", "1|3");
    }

    @Test
    void parksARecordWithoutAKey() throws Exception {
        assertParked(
                () -> client().send(table, options("createTable=true&mode=upsert&key=id"), "id,name\n1,one\n,two\n"),
                "record 2 of rows.csv.gz has no value in the key column id");
        assertThat(rows("id")).isEmpty();
    }

    @Test
    void waitsForAUniqueIndexOnTheKey() throws Exception {
        client().execute("CREATE TABLE " + table + " (id integer, name varchar(20))");
        assertThatThrownBy(() -> client().send(table, options("mode=upsert&key=id"), "id,name\n1,one\n"))
                .satisfies(thrown ->
                        assertThat(FailureTable.classify(thrown).action()).isEqualTo(FailureAction.OUTAGE));
        assertThat(rows("id")).isEmpty();
    }

    @Test
    void exchangesTheWholeTable() throws Exception {
        String options = options("createTable=true&mode=replace");
        client().send(table, options, "id\n1\n2\n");
        client().send(table, options, "id\n3\n");
        assertThat(rows("id")).containsExactly("3");
        assertParked(() -> client().send(table, options, "id\n4\n5,5\n"), "record 2");
        assertThat(rows("id")).containsExactly("3");
        client().send(table, options, "id\n");
        assertThat(rows("id")).isEmpty();
    }

    @Test
    void doesNotReplaceTheRowsOfALaterExport() throws Exception {
        String options = options("createTable=true&mode=replace");
        Instant monday = Instant.parse("2026-02-16T06:00:00Z");
        Instant tuesday = Instant.parse("2026-02-17T06:00:00Z");
        client().send(table, options, "id\n2\n", TableClient.delivery("tuesday", "rows.csv.gz", tuesday));
        Delivery late = TableClient.delivery("monday", "rows.csv.gz", monday);
        client().send(table, options, "id\n1\n", late);
        assertThat(rows("id")).containsExactly("2");
        // A replay was asked for.
        client().send(table, options, "id\n1\n", TableClient.replayed(late, 1));
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void doesNotReplaceByOneOfSeveralFiles() throws Exception {
        String options = options("createTable=true&mode=replace");
        Instant now = Instant.now();
        client().send(table, options, "id\n1\n", TableClient.delivery("e1", "a.csv.gz", now));
        assertParked(
                () -> client().send(table, options, "id\n2\n", TableClient.delivery("e1", "b.csv.gz", now)),
                "one of several files of its export");
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void parksAChangedHeaderBeforeARowIsWritten() throws Exception {
        client().send(table, options("createTable=true"), "id,name\n1,one\n");
        assertParked(() -> client().send(table, options(""), "id,name,price\n2,two,2\n"), "has no column price");
        assertParked(() -> client().send(table, options(""), "id\n2\n"), "it has no column name");
        assertParked(() -> client().send(table, options(""), "id,nom\n2,two\n"), "has no column nom");
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void addsOrIgnoresNewColumns() throws Exception {
        client().send(table, options("createTable=true"), "id\n1\n");
        client().send(table, options("onNewColumn=ignore"), "name,id\none,2\n");
        client().send(table, options("onNewColumn=add&types=price:integer"), "price,id,name\n3,3,three\n");
        assertThat(rows("id, name, price")).containsExactlyInAnyOrder("1|null|null", "2|null|null", "3|three|3");
        assertParked(() -> client().send(table, options(""), "id\n4\n"), "it has no column");
        client().send(table, options("onMissingColumn=ignore"), "id\n4\n");
        assertThat(rows("id")).hasSize(4);
    }

    @Test
    void needsNoValuesForColumnsWithADefault() throws Exception {
        client().execute("CREATE TABLE " + table + " (id integer, state varchar(10) DEFAULT 'new', name varchar(10))");
        client().send(table, options(""), "id,name\n1,one\n");
        assertThat(rows("id, state, name")).containsExactly("1|new|one");
    }

    @Test
    void mapsColumnsAndAddsTheExportAndTheRow() throws Exception {
        Delivery delivery = TableClient.delivery();
        String options = options(
                "createTable=true&columns=parcel_id:id,Owner Name:owner&exportIdColumn=_export_id&rowColumn=_row");
        client().send(table, options, "parcel_id,Owner Name\n7,Ann\n8,Bob\n", delivery);
        String id = delivery.file().exportId();
        assertThat(rows("id, owner, " + quoted("_export_id") + ", " + quoted("_row")))
                .containsExactlyInAnyOrder("7|Ann|" + id + "|1", "8|Bob|" + id + "|2");
    }

    @Test
    void storesAnEmptyValueAsEmptyTextAndAsNoValueOfOtherTypes() throws Exception {
        client().send(table, options("createTable=true&types=price:integer,day:date"), "name,price,day\n,,\n");
        assertThat(rows("name, price, day")).containsExactly("|null|null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\"\"; DROP TABLE receipts; --",
                "back`tick",
                "it's",
                "a.b",
                "select",
                "1st",
                "%s {0}",
                "Größe",
                "back\\slash",
                "what? :why"
            })
    void takesAnyNameAsAName(String header) throws Exception {
        client().send(table, options("createTable=true"), "id,\"" + header + "\"\n1,one\n");
        assertThat(rows("id, " + quoted(header.replace("\"\"", "\"")))).containsExactly("1|one");
        client().send(table, options("mode=append"), "id,\"" + header + "\"\n2,two\n");
        assertThat(rows("id")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id,|column 2 of the header has no name",
                "id,  |column 2 of the header has no name",
                "id,id|columns 1 and 2 would both be column id",
                "id,ID|columns 1 and 2 would both be column ID",
                "id,\"a\nb\"|control character",
                "id,\"a\u0000b\"|control character"
            })
    void parksAHeaderWhoseColumnsCannotBeToldApart(String example) throws Exception {
        String[] parts = example.split("\\|");
        for (String options : List.of("createTable=true", "createTable=true&onNewColumn=ignore")) {
            assertParked(() -> client().send(table, options(options), parts[0] + "\n1,one\n"), parts[1]);
        }
        assertThatThrownBy(() -> rows("*")).isInstanceOf(SQLException.class);
    }

    @Test
    void parksAFileWithoutTheColumnsOfTheRoute() {
        assertParked(
                () -> client().send(table, options("createTable=true&mode=upsert&key=key"), "id\n1\n"),
                "which key names");
        assertParked(
                () -> client().send(table, options("createTable=true&types=price:date"), "id\n1\n"),
                "which types names");
        assertParked(
                () -> client().send(table, options("createTable=true&columns=a:b"), "id\n1\n"), "which columns names");
    }

    @Test
    void deliversAnEmptyFileWithoutACreatedTable() throws Exception {
        client().send(table, options(""), "");
        assertThat(client().rows("SELECT record_count FROM " + receipts)).containsExactly("0");
        assertParked(() -> client().send(table, options("mode=replace"), ""), "is empty, without a header");
    }

    @Test
    void deliveriesAtTheSameTimeCreateOneTable() throws Exception {
        atTheSameTime(4, () -> client().send(table, options("createTable=true"), "id,name\n" + lines(0, 300)));
        assertThat(rows("id")).hasSize(1_200);
    }

    @Test
    void attemptsOfOneDeliveryAtTheSameTimeWriteItsRowsOnce() throws Exception {
        client().send(table, options("createTable=true"), "id,name\n");
        Delivery delivery = TableClient.delivery();
        atTheSameTime(4, () -> client().send(table, options(""), "id,name\n" + lines(0, 2_000), delivery));
        assertThat(rows("id")).hasSize(2_000);
    }

    @Test
    void replacementsAtTheSameTimeLeaveTheRowsOfOne() throws Exception {
        String options = options("createTable=true&mode=replace");
        client().send(table, options, "id,name\n");
        atTheSameTime(3, () -> client().send(table, options, "id,name\n" + lines(0, 500)));
        assertThat(rows("id")).hasSize(500);
    }

    @Test
    void checkFindsWhatADeliveryNeeds() throws Exception {
        TableProbe probe = new TableProbe();
        assertThatThrownBy(() -> probe.test(client().endpoint(table, options(""))))
                .hasMessageContaining("does not exist");
        assertThat(probe.test(client().endpoint(table, options("createTable=true"))))
                .contains("table " + table + " will be created", receipts + ", will be created");
        client().send(table, options("createTable=true&mode=upsert&key=id"), "id,name\n1,one\n");
        for (String mode : List.of("mode=append", "mode=replace", "mode=upsert&key=id")) {
            assertThat(probe.test(client().endpoint(table, options(mode))))
                    .contains("table " + table + " can be written and has 2 columns", receipts + " can be written");
        }
        assertThatThrownBy(() -> probe.test(client().endpoint(table, options("mode=upsert&key=name"))))
                .isInstanceOf(Exception.class);
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void leavesGeneratedColumnsToTheDatabase() throws Exception {
        client().execute("CREATE TABLE " + table
                + " (twice integer GENERATED ALWAYS AS (id * 2) STORED, id integer, name varchar(10) DEFAULT 'none')");
        client().send(table, options(""), "id\n7\n");
        assertThat(rows("twice, id, name")).containsExactly("14|7|none");
        for (String mode : List.of("mode=append", "mode=replace")) {
            assertThat(new TableProbe().test(client().endpoint(table, options(mode))))
                    .contains("table " + table + " can be written and has 3 columns");
        }
    }

    @Test
    void checkTriesNoRowOfATableThatNeedsNoValues() throws Exception {
        client().execute(
                        "CREATE TABLE " + table + " (name varchar(10) DEFAULT 'none', kind varchar(10) DEFAULT 'any')");
        for (String mode : List.of("mode=append", "mode=replace")) {
            assertThat(new TableProbe().test(client().endpoint(table, options(mode))))
                    .contains("no row can be tried");
        }
    }

    @Test
    void findsTheColumnsOfKeyAndTypesWithoutRegardToCaseAsThoseOfTheFile() throws Exception {
        for (String name : List.of("ID", "id")) {
            String options = options("createTable=true&mode=upsert&key=Id&types=PRICE:integer");
            client().send(table, options, name + ",Price\n1,1\n2,2\n");
            client().send(table, options, "iD,price\n2,3\n");
            assertParked(() -> client().send(table, options, name + ",Price\n3,three\n"), "record 1 of rows.csv.gz");
            assertThat(client().rows("SELECT * FROM " + table)).containsExactlyInAnyOrder("1|1", "2|3");
            assertThat(new TableProbe().test(client().endpoint(table, options)))
                    .contains("table " + table + " can be written and has 2 columns");
            assertThatThrownBy(() -> new TableProbe().test(client().endpoint(table, options("types=pricE:date"))))
                    .hasMessageContaining("but types says date");
            client().execute("DROP TABLE " + table);
        }
        client().execute("CREATE TABLE " + table + " (id integer PRIMARY KEY, price integer)");
        client().send(table, options("mode=upsert&key=ID&types=Price:integer"), "Id,PRICE\n1,1\n1,2\n");
        assertThat(rows("id, price")).containsExactly("1|2");
        assertThatThrownBy(() -> new TableProbe().test(client().endpoint(table, options("mode=upsert&key=nr"))))
                .hasMessageContaining("has no column nr, which key names");
    }

    String options(String options) {
        return options + "&receiptTable=" + receipts;
    }

    List<String> rows(String columns) throws SQLException {
        return client().rows("SELECT " + columns + " FROM " + table);
    }

    static String lines(int from, int to) {
        StringBuilder lines = new StringBuilder();
        for (int i = from; i < to; i++) {
            lines.append(i).append(",name ").append(i).append('\n');
        }
        return lines.toString();
    }

    static void assertParked(ThrowingCallable delivery, String reason) {
        assertThatThrownBy(delivery)
                .satisfies(thrown -> assertThat(FailureTable.classify(thrown)).satisfies(failure -> {
                    assertThat(failure.action()).as(failure.getMessage()).isEqualTo(FailureAction.PARK);
                    assertThat(failure.getMessage()).contains(reason);
                }));
    }

    private static void atTheSameTime(int times, ThrowingCallable delivery) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(times);
        CountDownLatch together = new CountDownLatch(times);
        try {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                results.add(threads.submit(() -> {
                    together.countDown();
                    together.await();
                    try {
                        delivery.call();
                    } catch (Throwable e) {
                        throw new IllegalStateException(e);
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}

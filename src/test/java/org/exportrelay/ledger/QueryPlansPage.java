package org.exportrelay.ledger;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.exportrelay.ledger.StatementRecorder.Recorded;
import org.exportrelay.ledger.database.Dialect;

/** What {@code docs/query-plans.md} says. */
final class QueryPlansPage {

    private static final String INTRODUCTION =
            """
            # Query plans

            How SQLite and PostgreSQL find the rows of what the relay does with its ledger all the time. `QueryPlansTest` makes this
            page: it fills a ledger with 50,000 past exports, each delivered to two destinations, and some hundred deliveries that
            are still open, does the work of polls, routes and maintenance on it, and has the database explain each statement as it
            was executed. It fails if one reads a table, or an index, that grows with the history from end to end.

                mvn test -Dtest=QueryPlansTest -Dquery-plans.write=docs/query-plans.md

            Every statement is prepared and takes its values as arguments; SQLite keeps the last hundred, PostgreSQL's driver
            prepares what has come five times. `:name` is an argument and `<names>` a list of them, filled up to a power of two so
            that few texts come up. PostgreSQL's plans are those for any arguments, less filters and sort keys; for particular ones
            it may choose otherwise, and the test looks at both. Statements that insert given rows, and those on tables of a few
            rows only, are left out. A statement that several operations have in common is shown at the first.

            How to read them:

            - SQLite: `SEARCH` goes to the rows through an index. `SCAN` reads all of one, and is there only with
              `delivery_open`, `delivery_open_of_file` and `export_file_spooled`: these hold what is open or in the spool and
              nothing else, however much has been delivered. `sqlite_autoindex_…` is the index of a primary key or a UNIQUE.
            - PostgreSQL: `Index Cond` is what an index is searched for. The same three indexes may be read without one; `Seq Scan`,
              which reads a table, is there only for `destination`, which has a row per destination.

            ## What may read everything

            - `status` shows every delivery, or counts them all.
            - `replay` looks through all that has ended for what it is asked for.
            - `once` counts the deliveries of its destinations by state, at its end.
            - `once` says at its end what it did not deliver. PostgreSQL goes to the files of these by their ids where they are few
              beside all there are, and else reads the files.
            """;

    private static final Pattern HISTORY = Pattern.compile("\\b(export|export_file|delivery)\\b");
    private static final Pattern DETAIL =
            Pattern.compile("\\s*(Filter|Recheck Cond|Sort Key|Group Key|One-Time Filter|Join Filter): .*");
    private static final Pattern LIST = Pattern.compile("\\((?:ARRAY\\[)?:__(\\w+?)_\\d+(?:, ?:__\\w+)*]?\\)");
    private static final Pattern ELEMENT = Pattern.compile(":__(\\w+?)_\\d+");

    private static final Pattern TOO_LONG =
            Pattern.compile("(?=.{111})(.{40,109}(?:,(?= \\w+ = )|(?= (?:FROM|WHERE|AND|OR|ORDER BY|RETURNING)\\b))) ");

    private final Set<String> shown = new HashSet<>();
    private final Map<String, Map<String, Map<Dialect, QueryPlan>>> sections = new LinkedHashMap<>();

    void add(LedgerWork.Operation operation, Dialect dialect, Recorded statement, QueryPlan plan) {
        String sql = statement.sql().replace(dialect.skipLocked(), "");
        if (HISTORY.matcher(sql).find()) {
            sections.computeIfAbsent(
                            "\n## " + operation.name() + "\n\n" + operation.when() + "\n",
                            name -> new LinkedHashMap<>())
                    .computeIfAbsent(shortened(sql), text -> new EnumMap<>(Dialect.class))
                    .put(dialect, plan);
        }
    }

    String text() {
        shown.clear();
        return INTRODUCTION
                + sections.entrySet().stream()
                        .map(section -> section.getKey() + statements(section.getValue()))
                        .collect(Collectors.joining());
    }

    private String statements(Map<String, Map<Dialect, QueryPlan>> statements) {
        return statements.entrySet().stream()
                .filter(statement -> shown.add(statement.getKey()))
                .map(statement -> "\n```sql\n" + statement.getKey() + "\n```\n\n```text\n" + plans(statement.getValue())
                        + "```\n")
                .collect(Collectors.joining());
    }

    private static String plans(Map<Dialect, QueryPlan> plans) {
        return plans.entrySet().stream()
                .map(plan -> (plan.getKey() == Dialect.SQLITE ? "SQLite\n" : "PostgreSQL\n")
                        + plan.getValue().lines().stream()
                                .filter(line -> !DETAIL.matcher(line).matches())
                                .map(line -> "  " + withShortLists(line) + "\n")
                                .collect(Collectors.joining()))
                .collect(Collectors.joining());
    }

    private static String shortened(String sql) {
        return withShortLists(sql)
                .lines()
                .map(line -> line.replaceAll("SELECT [^()]{60,}? FROM", "SELECT … FROM"))
                .map(line -> TOO_LONG.matcher(line).replaceAll("$1\n  "))
                .collect(Collectors.joining("\n"));
    }

    private static String withShortLists(String text) {
        return ELEMENT.matcher(LIST.matcher(text).replaceAll("(<$1>)")).replaceAll("<$1>");
    }
}

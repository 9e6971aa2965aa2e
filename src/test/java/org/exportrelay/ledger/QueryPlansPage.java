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

/** The text of {@code docs/query-plans.md}. */
final class QueryPlansPage {

    private static final String INTRODUCTION =
            """
            # Query plans

            This page shows that the ledger stays fast, however long its history: it lists the SQL statements of the relay's regular
            work, and how SQLite and PostgreSQL execute them.

            `QueryPlansTest` writes this page. It fills a ledger with 50,000 past exports, each delivered to three destinations, and some
            hundred open deliveries. Then it does the work of polls, routes and maintenance, and lets the database explain each
            statement that was executed. The test fails if a statement reads a whole table, or a whole index, that grows with the
            history. To write the page again:

                mvn test -Dtest=QueryPlansTest -Dquery-plans.write=docs/query-plans.md

            How to read a plan:

            - In SQLite, `SEARCH` finds rows by an index. `SCAN` reads a whole index. It appears only with `delivery_open`,
              `delivery_open_of_file`, `delivery_in_progress`, `delivery_retrying`, `delivery_skipped`, `delivery_trouble` and
              `export_file_spooled`, and with tables of a few rows. These indexes contain only deliveries that are open, failed or
              skipped, and files in the spool, however much has been delivered. `status` reads the newest rows of an index, and stops. `sqlite_autoindex_…` is the index
              of a primary key or of a UNIQUE constraint.
            - In PostgreSQL, `Index Cond` is the condition of an index search. Only the indexes above may be read without one.
              `Seq Scan` reads a whole table. It appears only with `destination`, which has one row per destination.
            - `:name` is an argument, and `<names>` is a list of arguments. Lists are filled up to a power of two, so that there are few
              different statements.
            - All statements are prepared. SQLite caches the last hundred. PostgreSQL's driver prepares a statement on the server after
              five executions. The page shows PostgreSQL's generic plan, without filters and sort keys. For particular arguments,
              PostgreSQL may choose another plan; the test checks both.
            - The page omits statements that insert given rows, and statements on tables with only a few rows. If several operations
              execute the same statement, the page shows it at the first one.

            ## Statements that may read all rows

            - `status --limit 0` and `status --json` without options list all deliveries.
            - `replay` searches all deliveries that have ended.
            - At the start, the relay counts the deliveries that wait and those that failed, by destination.
            - At its end, `once` counts the deliveries of its destinations by state.
            - At its end, `once` lists the deliveries that were not delivered. If they are few, PostgreSQL finds their files by id.
              Otherwise, it reads all files.
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

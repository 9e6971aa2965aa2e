package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.ledger.StatementRecorder.Recorded;
import org.exportrelay.ledger.database.Dialect;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * How a database finds the rows of a statement.
 *
 * @param lines as the database tells them
 */
record QueryPlan(List<String> lines) {

    /** Partial indexes of what is under way: they stay small, however long the history. */
    private static final Set<String> OPEN = Set.of(
            "delivery_open",
            "delivery_open_of_file",
            "delivery_in_progress",
            "delivery_retrying",
            "delivery_skipped",
            "delivery_trouble",
            "export_file_spooled");
    /** A few rows each; the last is what a claim picks. */
    private static final Set<String> TINY = Set.of(
            "destination",
            "t",
            "instance",
            "poller",
            "spool",
            "holder",
            "due",
            "delivery_count",
            "event_cursor",
            "candidate");

    private static final Pattern SQLITE_SCAN =
            Pattern.compile("\\s*SCAN (?<table>\\w+)(?: USING (?:COVERING )?INDEX (?<index>\\w+))?");
    /** By columns that many rows of the history share. */
    private static final Pattern SQLITE_COARSE_SEARCH = Pattern.compile(
            "\\s*SEARCH (?<table>\\w+) USING (?:COVERING )?INDEX (?<index>\\w+) \\((?:(?:destination|kind|state|name)=\\?(?: AND )?)+\\)");

    private static final Pattern POSTGRESQL_SCAN = Pattern.compile(
            "Seq Scan on (?<table>\\w+)|(?:Bitmap Index Scan on|Index (?:Only )?Scan(?: Backward)? using) (?<index>\\w+)");
    /** By the first column of an index, of the history or of PostgreSQL's own tables; the others alone would not spare reading it all. */
    private static final Pattern SOUGHT = Pattern.compile(
            "Index Cond: .*\\b(export_id|file_id|delivery_id|state|location|at|kind|id|oid|finished_at)\\b");

    private static final Pattern NEWEST_FEW = Pattern.compile(
            "FROM delivery d (WHERE d.destination = :destination AND d.file_id >= 0 )?ORDER BY d.file_id DESC, d.destination DESC LIMIT");
    private static final Pattern NEWEST_INDEX = Pattern.compile(
            "(SCAN|SEARCH) d USING (COVERING )?INDEX (sqlite_autoindex_delivery_2|delivery_of_destination)"
                    + "|Scan Backward using (delivery_file_id_destination_key|delivery_of_destination) ");

    private static final Pattern PARAMETER = Pattern.compile("\\$([1-9]\\d*)");

    /**
     * On PostgreSQL two plans: the one for the arguments at hand, and the one for any, which it may keep
     * for a statement that stays prepared.
     */
    static List<QueryPlan> explain(Handle handle, Dialect dialect, Recorded statement) throws SQLException {
        return dialect == Dialect.SQLITE
                ? List.of(onSqlite(handle, statement))
                : List.of(onPostgresql(handle, statement), onPostgresqlForAnyArguments(handle, statement));
    }

    private static QueryPlan onSqlite(Handle handle, Recorded statement) {
        Map<Integer, String> indents = new HashMap<>();
        return new QueryPlan(query(handle, "EXPLAIN QUERY PLAN ", statement)
                .map((row, context) -> {
                    String indent = indents.getOrDefault(row.getInt("parent"), "");
                    indents.put(row.getInt("id"), indent + "  ");
                    return indent + row.getString("detail");
                })
                .list());
    }

    private static QueryPlan onPostgresql(Handle handle, Recorded statement) {
        return new QueryPlan(query(handle, "EXPLAIN (COSTS OFF) ", statement)
                .mapTo(String.class)
                .list());
    }

    private static Query query(Handle handle, String explain, Recorded statement) {
        Query query = handle.createQuery(explain + statement.sql());
        statement.arguments().forEach(query::bind);
        return query;
    }

    private static QueryPlan onPostgresqlForAnyArguments(Handle handle, Recorded statement) throws SQLException {
        List<String> lines = new ArrayList<>();
        List<String> names = statement.names();
        String arguments =
                names.isEmpty() ? "" : "(" + String.join(", ", Collections.nCopies(names.size(), "NULL")) + ")";
        try (Statement session = handle.getConnection().createStatement()) {
            session.execute("SET plan_cache_mode = force_generic_plan");
            session.execute("PREPARE planned AS " + numbered(statement.prepared()));
            try (ResultSet row = session.executeQuery("EXPLAIN (COSTS OFF) EXECUTE planned" + arguments)) {
                while (row.next()) {
                    lines.add(row.getString(1));
                }
            }
            session.execute("DEALLOCATE planned");
            session.execute("RESET plan_cache_mode");
        }
        return new QueryPlan(named(lines, names));
    }

    /** What a subquery returns has a number among those of the parameters, and keeps it. */
    private static List<String> named(List<String> lines, List<String> names) {
        return lines.stream()
                .map(line -> PARAMETER
                        .matcher(line)
                        .replaceAll(number ->
                                lines.stream().anyMatch(other -> other.contains("(returns " + number.group() + ")"))
                                        ? Matcher.quoteReplacement(number.group())
                                        : ":" + names.get(Integer.parseInt(number.group(1)) - 1)))
                .toList();
    }

    private static String numbered(String prepared) {
        int[] number = {0};
        return Pattern.compile("\\?").matcher(prepared).replaceAll(mark -> "\\$" + ++number[0]);
    }

    /**
     * The lines that read a whole table that grows with the history, or a whole index of one.
     *
     * @param sql if it reads the newest few rows without a further condition, it stops there
     */
    List<String> readsOfTheWholeHistory(String sql) {
        List<String> whole = new ArrayList<>();
        boolean isNewest = NEWEST_FEW.matcher(sql).find();
        for (int i = 0; i < lines.size(); i++) {
            String next = i + 1 < lines.size() ? lines.get(i + 1) : "";
            if (isNewest && NEWEST_INDEX.matcher(lines.get(i)).find()) {
                continue;
            }
            if (isWholeOnSqlite(lines.get(i)) || isWholeOnPostgresql(lines.get(i), next)) {
                whole.add(lines.get(i).strip());
            }
        }
        return whole;
    }

    private static boolean isWholeOnSqlite(String line) {
        Matcher scan = SQLITE_SCAN.matcher(line);
        if (line.contains("SCAN CONSTANT ROW")) {
            return false;
        }
        Matcher search = SQLITE_COARSE_SEARCH.matcher(line);
        if (search.lookingAt() && isHistory(search.group("table"), search.group("index"))) {
            return true;
        }
        // An automatic index is made of the whole table, for this one execution.
        return line.contains(" USING AUTOMATIC ")
                || scan.lookingAt() && isHistory(scan.group("table"), scan.group("index"));
    }

    private static boolean isWholeOnPostgresql(String line, String next) {
        Matcher scan = POSTGRESQL_SCAN.matcher(line);
        return scan.find() && !SOUGHT.matcher(next).find() && isHistory(scan.group("table"), scan.group("index"));
    }

    private static boolean isHistory(String table, String index) {
        return (table == null || !TINY.contains(table))
                && (index == null || !OPEN.contains(index) && !TINY.contains(index.replace("_pkey", "")));
    }

    String text() {
        return String.join("\n", lines);
    }
}

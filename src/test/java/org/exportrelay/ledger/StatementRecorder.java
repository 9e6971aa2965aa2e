package org.exportrelay.ledger;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.ParsedSql;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Keeps the statements by which the ledger finds rows, each once, with the arguments they had. No
 * INSERT: the ledger inserts only what it has at hand.
 */
final class StatementRecorder implements SqlLogger {

    private static final Pattern FINDS_NO_ROWS = Pattern.compile("INSERT|EXPLAIN");

    private final Map<String, Recorded> statements = new LinkedHashMap<>();

    @Override
    public void logBeforeExecution(StatementContext context) {
        if (FINDS_NO_ROWS.matcher(context.getRenderedSql()).lookingAt()) {
            return;
        }
        ParsedSql parsed = context.getParsedSql();
        List<String> names = parsed.getParameters().getParameterNames();
        Map<String, Argument> arguments = new LinkedHashMap<>();
        names.forEach(name -> arguments.put(
                name, context.getBinding().findForName(name, context).orElseThrow()));
        statements.putIfAbsent(
                context.getRenderedSql(), new Recorded(context.getRenderedSql(), parsed.getSql(), names, arguments));
    }

    /** Those since the last call. */
    List<Recorded> take() {
        List<Recorded> taken = new ArrayList<>(statements.values());
        statements.clear();
        return taken;
    }

    /**
     * @param sql with named parameters
     * @param prepared as the database got it, with question marks
     * @param names of the parameters, one per question mark
     * @param arguments by name
     */
    record Recorded(String sql, String prepared, List<String> names, Map<String, Argument> arguments) {}
}

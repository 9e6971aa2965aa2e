package org.exportrelay.ledger.database;

import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.core.mapper.ColumnMapper;

/**
 * Points in time: {@code timestamptz} on PostgreSQL; on SQLite text of a fixed width, which sorts as
 * time does and can be read with the sqlite3 program.
 */
final class InstantArgument extends AbstractArgumentFactory<Instant> {

    private static final DateTimeFormatter TEXT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final int LENGTH = "2026-02-17T15:30:00.000Z".length();

    private final Dialect dialect;

    InstantArgument(Dialect dialect) {
        super(dialect == Dialect.SQLITE ? Types.VARCHAR : Types.TIMESTAMP_WITH_TIMEZONE);
        this.dialect = dialect;
    }

    @Override
    protected Argument build(Instant value, ConfigRegistry config) {
        if (dialect == Dialect.SQLITE) {
            return (position, statement, context) -> statement.setString(position, TEXT.format(value));
        }
        OffsetDateTime offset = value.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC);
        return (position, statement, context) -> statement.setObject(position, offset);
    }

    static ColumnMapper<Instant> reader(Dialect dialect) {
        if (dialect == Dialect.SQLITE) {
            return (row, column, context) -> {
                String text = row.getString(column);
                return text == null ? null : parsed(text);
            };
        }
        return (row, column, context) -> {
            OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
            return time == null ? null : time.toInstant();
        };
    }

    /** What {@link #TEXT} writes, in a tenth of the time that a formatter needs: each claim reads several for each delivery. */
    private static Instant parsed(String text) {
        if (text.length() != LENGTH || text.charAt(LENGTH - 1) != 'Z') {
            return Instant.parse(text);
        }
        return LocalDateTime.of(
                        Integer.parseInt(text, 0, 4, 10),
                        Integer.parseInt(text, 5, 7, 10),
                        Integer.parseInt(text, 8, 10, 10),
                        Integer.parseInt(text, 11, 13, 10),
                        Integer.parseInt(text, 14, 16, 10),
                        Integer.parseInt(text, 17, 19, 10),
                        Integer.parseInt(text, 20, 23, 10) * 1_000_000)
                .toInstant(ZoneOffset.UTC);
    }
}

package org.exportrelay.log;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jboss.logging.Logger.Level;
import org.jboss.logging.MDC;

/**
 * A line for the log, with the name of its kind and with what it is about. Both are in the thread's diagnostic context only
 * while the line is written: threads that a library starts meanwhile would keep what they inherit. For one thread.
 */
public final class LogLine {

    private static final String CALLED = LogLine.class.getName();

    private final Logger log;
    private final Map<String, Object> fields = new LinkedHashMap<>();

    LogLine(Logger log, LogEvent event) {
        this.log = log;
        fields.put(LogField.EVENT, event.text());
    }

    /**
     * Adds what the line is about.
     *
     * @param value ignored if null
     */
    public LogLine with(LogField field, Object value) {
        if (value != null) {
            fields.put(field.text(), value);
        }
        return this;
    }

    /** Adds all that the line is about. */
    public LogLine with(Map<LogField, ?> values) {
        values.forEach(this::with);
        return this;
    }

    public void info(Object message) {
        log(Level.INFO, message);
    }

    public void infof(String format, Object... arguments) {
        logf(Level.INFO, format, arguments);
    }

    public void warn(Object message) {
        log(Level.WARN, message);
    }

    public void warnf(String format, Object... arguments) {
        logf(Level.WARN, format, arguments);
    }

    public void errorf(String format, Object... arguments) {
        logf(Level.ERROR, format, arguments);
    }

    public void errorf(Throwable thrown, String format, Object... arguments) {
        write(Level.ERROR, () -> log.logf(CALLED, Level.ERROR, thrown, format, arguments));
    }

    public void log(Level level, Object message) {
        write(level, () -> log.log(CALLED, level, message, null, null));
    }

    public void logf(Level level, String format, Object... arguments) {
        write(level, () -> log.logf(CALLED, level, null, format, arguments));
    }

    private void write(Level level, Runnable line) {
        if (!log.isEnabled(level)) {
            return;
        }
        fields.forEach(MDC::put);
        try {
            line.run();
        } finally {
            fields.keySet().forEach(MDC::remove);
        }
    }
}

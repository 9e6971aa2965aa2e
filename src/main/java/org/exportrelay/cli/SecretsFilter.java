package org.exportrelay.cli;

import io.quarkus.logging.LoggingFilter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.exportrelay.config.Secrets;
import org.jboss.logmanager.ExtLogRecord;

/**
 * Lets every log record pass, without the secrets in its message and its exceptions: what the relay is
 * made of logs endpoints with their passwords at DEBUG, and destinations quote what they were sent.
 */
@LoggingFilter(name = "secrets")
public final class SecretsFilter implements Filter {

    @Override
    public boolean isLoggable(LogRecord record) {
        String message = record instanceof ExtLogRecord full ? full.getFormattedMessage() : record.getMessage();
        if (message != null) {
            String masked = Secrets.masked(message);
            if (!masked.equals(message)) {
                replace(record, masked);
            }
        }
        if (record.getThrown() != null) {
            record.setThrown(Quoted.of(record.getThrown(), Collections.newSetFromMap(new IdentityHashMap<>())));
        }
        return true;
    }

    private static void replace(LogRecord record, String message) {
        if (record instanceof ExtLogRecord full) {
            full.setMessage(message, ExtLogRecord.FormatStyle.NO_FORMAT);
        } else {
            record.setMessage(message);
        }
        record.setParameters(null);
    }

    /** An exception as it is printed, stack and causes included, with other words. */
    private static final class Quoted extends Throwable {

        private static final long serialVersionUID = 1L;
        private final String text;

        private Quoted(Throwable original, Throwable cause) {
            super(null, cause);
            this.text = Secrets.masked(original.toString());
            setStackTrace(original.getStackTrace());
        }

        /** The exception itself, unless it or one below it has something to hide. */
        static Throwable of(Throwable original, Set<Throwable> seen) {
            if (original == null || !seen.add(original)) {
                return null;
            }
            Throwable cause = of(original.getCause(), seen);
            boolean clean = cause == original.getCause()
                    && original.getSuppressed().length == 0
                    && Secrets.masked(original.toString()).equals(original.toString());
            if (clean) {
                return original;
            }
            Quoted quoted = new Quoted(original, cause);
            for (Throwable suppressed : original.getSuppressed()) {
                Throwable other = of(suppressed, seen);
                if (other != null) {
                    quoted.addSuppressed(other);
                }
            }
            return quoted;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}

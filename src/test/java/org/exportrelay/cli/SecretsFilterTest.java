package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.Test;

class SecretsFilterTest {

    private static final String LINK = "https://store.example/a?X-Goog-Signature=s3cret";

    private final SecretsFilter filter = new SecretsFilter();

    @Test
    void hidesWhatTheParametersOfAMessageBring() {
        ExtLogRecord record = new ExtLogRecord(Level.INFO, "sent %s in %d s", ExtLogRecord.FormatStyle.PRINTF, "x");
        record.setParameters(new Object[] {LINK, 3});
        assertThat(filter.isLoggable(record)).isTrue();
        assertThat(record.getFormattedMessage()).isEqualTo("sent https://store.example/a?… in 3 s");
    }

    @Test
    void hidesWhatAnExceptionOrItsCauseQuotesAndKeepsTheirStacks() {
        IOException cause = new IOException("refused " + LINK);
        cause.addSuppressed(new IllegalArgumentException("closing " + LINK));
        LogRecord record = new LogRecord(Level.WARNING, "failed");
        record.setThrown(new IllegalStateException("route failed", cause));
        filter.isLoggable(record);
        StringWriter printed = new StringWriter();
        record.getThrown().printStackTrace(new PrintWriter(printed));
        assertThat(printed.toString())
                .doesNotContain("s3cret")
                .contains("java.lang.IllegalStateException: route failed")
                .contains("Caused by: java.io.IOException: refused https://store.example/a?…")
                .contains("Suppressed: java.lang.IllegalArgumentException: closing https://store.example/a?…")
                .contains("at " + SecretsFilterTest.class.getName());
    }

    @Test
    void leavesAnExceptionWithoutSecretsAsItIs() {
        IllegalStateException thrown = new IllegalStateException("route failed", new IOException("reset"));
        LogRecord record = new LogRecord(Level.WARNING, "failed");
        record.setThrown(thrown);
        filter.isLoggable(record);
        assertThat(record.getThrown()).isSameAs(thrown);
    }
}

package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StepTest {

    private final Logger logger = Logger.getLogger("org.exportrelay.runtime");
    private final List<String> logged = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            logged.add(((ExtLogRecord) record).getFormattedMessage());
        }

        @Override
        public void flush() {
            // Nothing is buffered.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };
    private final LedgerFailures failures = new LedgerFailures();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Step step = new Step("free the spool", this::work, failures, new StepProgress());

    @BeforeEach
    void capture() {
        logger.addHandler(handler);
    }

    @AfterEach
    void release() {
        logger.removeHandler(handler);
    }

    @Test
    void logsAFailureOnceUntilItSucceedsAgain() {
        failure.set(new IllegalStateException("the directory is gone"));
        step.run();
        step.run();
        assertThat(logged).containsExactly("maintenance: cannot free the spool; retrying until it succeeds");
        failure.set(null);
        step.run();
        step.run();
        assertThat(logged).hasSize(2).last().isEqualTo("maintenance: can free the spool again");
    }

    @Test
    void survivesAnErrorSinceItsScheduleWouldEnd() {
        failure.set(new OutOfMemoryError("heap"));
        step.run();
        failure.set(null);
        step.run();
        assertThat(logged).hasSize(2);
    }

    @Test
    void aFailingStepKeepsNoOtherFromRunning() {
        failure.set(new IllegalStateException("the directory is gone"));
        List<String> ran = new ArrayList<>();
        List<Step> steps =
                List.of(step, new Step("create deliveries", () -> ran.add("created"), failures, new StepProgress()));
        steps.forEach(Step::run);
        assertThat(ran).containsExactly("created");
    }

    @Test
    void aLedgerThatCannotBeUsedIsReportedOnceByAllSteps() {
        failure.set(new IllegalStateException(new SQLException("database or disk is full")));
        Step other = new Step("create deliveries", this::work, failures, new StepProgress());
        step.run();
        other.run();
        assertThat(logged)
                .containsExactly(
                        "the ledger cannot be used now (database or disk is full); work pauses and resumes automatically"
                                + " when it can");
        failure.set(null);
        step.run();
        assertThat(logged).hasSize(1);
        other.run();
        assertThat(logged).last().isEqualTo("the ledger can be used again");
    }

    private void work() {
        Throwable thrown = failure.get();
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }
}

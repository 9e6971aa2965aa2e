package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Alerts about failed exports: once each, however many instances. */
class FailedExportAlertsTest extends LedgerTest {

    @Test
    void alertsOnAFailedExportOnceFromWhicheverInstance() {
        FailedExportAlerts here = new FailedExportAlerts(database, clock);
        FailedExportAlerts there = new FailedExportAlerts(database, clock);
        assertThat(here.claim("failed")).isTrue();
        assertThat(there.claim("failed")).isFalse();
        assertThat(here.isReported("failed")).isFalse();
        assertThat(here.confirm("failed")).isTrue();
        clock.advance(Duration.ofDays(1));
        assertThat(there.claim("failed")).isFalse();
        assertThat(there.isReported("failed")).isTrue();
        assertThat(there.release("failed")).isFalse();
    }

    @Test
    void alertsAgainAfterAFailureOrTheDeathOfTheProcess() {
        FailedExportAlerts alerts = new FailedExportAlerts(database, clock);
        alerts.claim("refused");
        assertThat(alerts.release("refused")).isTrue();
        assertThat(alerts.claim("refused")).isTrue();
        clock.advance(Duration.ofMinutes(4));
        assertThat(alerts.claim("refused")).isFalse();
        clock.advance(Duration.ofMinutes(1));
        assertThat(alerts.claim("refused")).isTrue();
        assertThat(alerts.claim("refused")).isFalse();
    }

    @Test
    void letsOneOfManyConcurrentProcessesAlert() throws Exception {
        FailedExportAlerts alerts = new FailedExportAlerts(database, clock);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> claims = threads.invokeAll(Collections.nCopies(24, () -> alerts.claim("failed")));
            int claimed = 0;
            for (Future<Boolean> claim : claims) {
                claimed += claim.get() ? 1 : 0;
            }
            assertThat(claimed).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }
}

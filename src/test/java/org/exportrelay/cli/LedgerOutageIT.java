package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that restarts while a relay runs. */
class LedgerOutageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path directory;

    @Test
    void isLoggedInLinesWithoutAStackTraceAndWorkResumes() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                TcpGate gate = new TcpGate(postgres.getPort());
                Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            RelayLedger ledger = RelayLedger.of(postgres);
            Running running = RelayChild.in(directory)
                    .at(sandbox)
                    .with("relay.http.port", TcpGate.freePort())
                    .with("relay.poll.period", "1s")
                    .with("relay.ledger.url", ledger.url().replace(":" + postgres.getPort(), ":" + gate.port()))
                    .with("relay.ledger.username", ledger.username())
                    .start("run");
            try {
                await().atMost(PATIENCE).until(() -> running.output().contains("delivered "));
                gate.shut();
                gate.cut();
                await().atMost(PATIENCE).until(() -> running.output().contains("the ledger cannot be used now"));
                // Until the pool has tried to connect again.
                await().atMost(PATIENCE).until(() -> gate.refused() > 20);
                gate.open();
                await().atMost(PATIENCE).until(() -> running.output().contains("the ledger can be used again"));
                assertThat(running.output()).doesNotContain("\tat ").doesNotContain("Caused by");
            } finally {
                running.stop();
            }
        }
    }
}

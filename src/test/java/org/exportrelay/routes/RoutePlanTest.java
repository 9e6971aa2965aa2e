package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.PlannedChange.Kind;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutePlanTest {

    private static final String NIGHT = "22:00-06:00 Europe/Berlin";

    @TempDir
    private Path directory;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));
    private LedgerDatabase database;
    private LedgerInstance ledger;

    @BeforeEach
    void open() {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void aChangedWindowIsNamed() {
        run(Optional.empty());
        assertThat(plan("*", null)).isEmpty();
        assertThat(plan("*", NIGHT))
                .containsExactly("receives deliveries within 22:00-06:00 Europe/Berlin instead of at any time");
        run(Optional.of(DeliveryWindow.parse(NIGHT)));
        assertThat(plan("*", " 22:00-06:00  Europe/Berlin")).isEmpty();
        assertThat(plan("*", "20:00-06:00 Europe/Berlin"))
                .containsExactly("receives deliveries within 20:00-06:00 Europe/Berlin instead of within 22:00-06:00"
                        + " Europe/Berlin");
        assertThat(plan("people_*", null))
                .containsExactly(
                        "selects people_* instead of *; no export of the past can still be delivered to it",
                        "receives deliveries at any time instead of within 22:00-06:00 Europe/Berlin");
    }

    private void run(Optional<DeliveryWindow> window) {
        ledger.destinations.stop("bank");
        ledger.start(new Destination(
                "bank",
                new NamePattern("*"),
                true,
                true,
                new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(1)),
                window,
                null,
                null));
    }

    private List<String> plan(String pattern, String window) {
        PlannedDestination planned = new PlannedDestination(
                directory.resolve("bank.camel.yaml"), "bank", new NamePattern(pattern), true, null, window);
        return new RoutePlan(
                        new Events(database), ledger.states, new BackfillEstimate(database, clock), ledger.progress)
                .changes(directory, List.of(), List.of(planned)).stream()
                        .peek(change -> assertThat(change.kind()).isEqualTo(Kind.DESTINATION_CHANGED))
                        .map(PlannedChange::text)
                        .toList();
    }
}

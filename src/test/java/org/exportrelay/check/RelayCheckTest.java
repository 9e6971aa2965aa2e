package org.exportrelay.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.check.CheckResult.Status;
import org.exportrelay.config.TestSettings;
import org.exportrelay.ledger.LedgerConditions;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.OtherLedger;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RouteFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code check} reports of the ledger. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestDatabase.class)
class RelayCheckTest {

    @Parameter
    private TestDatabase on;

    @TempDir
    private Path directory;

    @Test
    void aLedgerOfThisVersionWorks() throws Exception {
        LedgerSettings settings = on.settings(directory);
        LedgerDatabase.openForWork(settings).close();
        assertThat(check(settings)).satisfies(result -> {
            assertThat(result.status()).isEqualTo(Status.OK);
            assertThat(result.text()).isEqualTo(settings.url() + " can be read and has the right tables");
        });
    }

    @ParameterizedTest
    @EnumSource(OtherLedger.class)
    void reportsWhatTheNextStartDoesToALedgerOfAnotherVersionAndLeavesItAsItIs(OtherLedger ledger) throws Exception {
        LedgerSettings settings = ledger.on(on, directory);
        List<String> before = OtherLedger.tables(settings);
        CheckResult result = check(settings);
        assertThat(result.status()).isEqualTo(ledger.isUsable() ? Status.OK : Status.FAILED);
        assertThat(result.text())
                .contains(settings.url(), ledger.text())
                .doesNotContain("\n", "check relay.ledger.url, username");
        assertThat(OtherLedger.tables(settings)).isEqualTo(before);
    }

    @Test
    void reportsEachDestinationThatIsDownPausedOrWithoutARouteInALine() throws Exception {
        LedgerSettings settings = on.settings(directory);
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            LedgerConditions.create(database);
        }
        assertThat(results(settings))
                .filteredOn(result -> result.subject().startsWith("exports:"))
                .extracting(result -> result.status() + " " + result.subject() + ": " + result.text())
                .satisfiesExactly(
                        down -> assertThat(down)
                                .matches(
                                        "FAILED exports:down: down for \\d+s: nothing listens there; next probe in \\d+s;"
                                                + " 1 delivery waits; fix the cause; to try it before the next probe, run 'retry"
                                                + " down'"),
                        paused -> assertThat(paused)
                                .matches(
                                        "NOT_TRIED exports:paused: paused for \\d+s by ops: ticket 7; 1 delivery waits;"
                                                + " run 'resume paused' to end the pause"),
                        routeless -> assertThat(routeless)
                                .isEqualTo("FAILED exports:routeless: no route; 1 delivery waits; add or start its"
                                        + " route, or run 'retire routeless'"));
    }

    private CheckResult check(LedgerSettings ledger) throws Exception {
        return results(ledger).stream()
                .filter(result -> result.subject().equals("ledger"))
                .findFirst()
                .orElseThrow();
    }

    private List<CheckResult> results(LedgerSettings ledger) throws Exception {
        List<String> settings = new ArrayList<>(
                List.of("relay.data-dir", directory.resolve("data").toString(), "relay.ledger.url", ledger.url()));
        ledger.username().ifPresent(username -> settings.addAll(List.of("relay.ledger.username", username)));
        ledger.password().ifPresent(password -> settings.addAll(List.of("relay.ledger.password", password)));
        List<CheckResult> results = new ArrayList<>();
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            new RelayCheck(context, TestSettings.of(settings.toArray(String[]::new)), List.of())
                    .run(new RouteFiles(directory.resolve("routes")), results::add);
        }
        return results;
    }
}

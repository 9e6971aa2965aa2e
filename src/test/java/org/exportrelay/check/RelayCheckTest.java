package org.exportrelay.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
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
import org.exportrelay.testing.PgpTestKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code check} reports of the ledger and of PGP keys. */
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

    @Test
    void warnsOfPgpKeysThatEndWithinThirtyDaysAndFailsOnThoseThatHaveEnded() throws Exception {
        Instant now = Instant.now();
        Path routes = Files.createDirectories(directory.resolve("routes"));
        Path partner = PgpTestKey.of("Partner")
                .endingAt(now.plus(Duration.ofDays(29)))
                .writePublic(directory.resolve("partner.asc"));
        Path archive = PgpTestKey.of("Archive")
                .endingAt(now.plus(Duration.ofDays(31)))
                .writePublic(directory.resolve("archive.asc"));
        Path old =
                PgpTestKey.of("Old").endingAt(now.minus(Duration.ofDays(1))).writePublic(directory.resolve("old.asc"));
        Path relay = PgpTestKey.of("Relay").writeSecret(directory.resolve("relay.asc"));
        Files.writeString(
                routes.resolve("a.camel.yaml"),
                """
                - route:
                    id: a
                    from:
                      uri: exports:partner
                      parameters:
                        payload: file
                        encryptTo: "%s,%s,%s"
                        signWith: "%s"
                      steps:
                        - to: file:/srv/x?tempPrefix=.
                """
                        .formatted(partner, archive, old, relay));
        String subject = "exports:partner -> PGP key file ";
        assertThat(results(on.settings(directory)))
                .filteredOn(result -> result.subject().startsWith(subject))
                .satisfiesExactly(
                        soon -> {
                            assertThat(soon.status()).isEqualTo(Status.WARNING);
                            assertThat(soon.subject()).isEqualTo(subject + partner);
                            assertThat(soon.text())
                                    .matches("the PGP key of Partner \\(\\w+\\) in .*partner.asc ends on "
                                            + date(now.plus(Duration.ofDays(29))) + "; ask its owner .*");
                        },
                        later -> {
                            assertThat(later.status()).isEqualTo(Status.OK);
                            assertThat(later.text())
                                    .matches("encrypts to Archive \\(\\w+\\) until "
                                            + date(now.plus(Duration.ofDays(31))));
                        },
                        ended -> {
                            assertThat(ended.status()).isEqualTo(Status.FAILED);
                            assertThat(ended.text())
                                    .matches("the PGP key of Old \\(\\w+\\) in .*old.asc ended on "
                                            + date(now.minus(Duration.ofDays(1))) + "; ask its owner .*");
                        },
                        signer -> {
                            assertThat(signer.status()).isEqualTo(Status.OK);
                            assertThat(signer.text()).matches("signs as Relay \\(\\w+\\)");
                        });
    }

    private static LocalDate date(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
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

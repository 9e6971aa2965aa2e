package org.exportrelay.ledger;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** An empty ledger on each database, the instance that uses it, and exports and destinations to fill it with. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestDatabase.class)
abstract class LedgerTest {

    static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    static final Duration LEASE = Duration.ofMinutes(2);

    final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00.000Z"));

    @Parameter
    TestDatabase on;

    LedgerDatabase database;
    LedgerInstance me;
    DestinationRegistry destinations;
    DeliveryQueue deliveries;
    DeliveryExpiry expiry;
    SpooledFiles spooled;

    @BeforeEach
    void openLedger(@TempDir Path directory) {
        database = on.lend(directory);
        me = new LedgerInstance(database, "me", LEASE, clock);
        destinations = me.destinations;
        deliveries = me.deliveries;
        expiry = new DeliveryExpiry(database, clock);
        spooled = me.spooled;
    }

    @AfterEach
    void closeLedger() {
        on.giveBack(database);
    }

    /** Another process on the same ledger. */
    final LedgerInstance other(String owner) {
        return me.other(owner, LEASE, clock);
    }

    final DeliveryOutcome fail(Delivery delivery, FailureAction action, String error) {
        return deliveries.failed(delivery, new DeliveryException(action, error), RETRIES);
    }

    static Destination links(String name) {
        return new Destination(name, new NamePattern("*"), false, true, RETRIES);
    }

    static Destination files(String name) {
        return new Destination(name, new NamePattern("*"), true, true, RETRIES);
    }

    final long count(Destination destination, DeliveryState state) {
        return me.progress.byState(List.of(destination.name())).getOrDefault(state, 0L);
    }

    final long rows(String table) {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT count(*) FROM " + table)
                .mapTo(Long.class)
                .one());
    }

    static Export export(String id, String... filenames) {
        return export(id, "properties_export", Instant.parse("2026-02-24T15:30:00.000Z"), filenames);
    }

    static Export named(String id, String name) {
        return export(id, name, Instant.parse("2026-02-24T15:30:00.000Z"), "one.csv.gz");
    }

    static Export expiring(String id, Instant expiresAt) {
        return export(id, "properties_export", expiresAt.truncatedTo(ChronoUnit.MILLIS), "one.csv.gz");
    }

    private static Export export(String id, String name, Instant expiresAt, String... filenames) {
        List<DownloadUrl> urls = Stream.of(filenames)
                .map(filename -> new DownloadUrl(filename, "https://store/" + id + "?X-Goog-Signature=s3cret", 100L))
                .toList();
        Instant created = Instant.parse("2026-02-17T15:30:00.123Z");
        return new Export(
                id,
                "completed",
                name,
                100,
                "Complete",
                10L,
                100L,
                urls.isEmpty() ? null : urls,
                created,
                created,
                expiresAt);
    }
}

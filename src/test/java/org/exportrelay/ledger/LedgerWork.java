package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.SpooledFiles.KeptFile;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;

/** What a relay does with its ledger, one operation after the other, as polls, routes and maintenance do it. */
final class LedgerWork {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private static final Destination ARCHIVE = new Destination("archive", new NamePattern("*"), true, true, RETRIES);
    private static final Destination LINKS = new Destination("links", new NamePattern("*"), false, true, RETRIES);
    private static final Destination PARTNER = new Destination("partner", new NamePattern("*"), false, true, RETRIES);
    private static final Destination MANIFESTS =
            new Destination("manifests", new NamePattern("*"), false, true, RETRIES).ofManifests(LINKS.name());
    private static final Destination IDLE = new Destination("idle", new NamePattern("none"), false, false, RETRIES);
    /** Outside its window. */
    private static final Destination NIGHT = new Destination(
            "night",
            new NamePattern("none"),
            false,
            false,
            RETRIES,
            Optional.of(DeliveryWindow.parse("22:00-06:00 UTC")),
            null,
            null);

    private static final List<String> NAMES = List.of(ARCHIVE.name(), LINKS.name());
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final int PAGE = 100;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00.000Z"));
    private final LedgerDatabase database;
    private final LedgerInstance me;
    private final DestinationRegistry destinations;
    private final DeliveryQueue deliveries;
    private final DeliveryExpiry expiry;
    private final SpooledFiles spooled;
    private final Progress progress;
    private final FileLocations locations;
    private final Instances instances;
    private final EventCursors cursors;
    private final List<Delivery> claimed = new ArrayList<>();
    private final List<Delivery> partnerClaimed = new ArrayList<>();
    private List<DueExport> fetching = List.of();

    LedgerWork(LedgerDatabase database) {
        this.database = database;
        me = new LedgerInstance(database, "me", LEASE, clock);
        destinations = me.destinations;
        deliveries = me.deliveries;
        expiry = new DeliveryExpiry(database, clock);
        spooled = me.spooled;
        progress = me.progress;
        locations = new FileLocations(database);
        cursors = new EventCursors(database, "me", LEASE, clock);
        instances = new Instances(database, "me", "host", "1.0.0", clock);
    }

    /** The first start, before there is any history. */
    void start() {
        destinations.start(ARCHIVE);
        destinations.start(LINKS);
        destinations.start(PARTNER);
        destinations.start(MANIFESTS);
    }

    /** Some hundred deliveries to make. */
    void fallBehind() {
        for (int page = 0; page < 2; page++) {
            me.recorder.record(page("open-" + page), Optional.empty());
        }
        destinations.start(IDLE);
        destinations.start(NIGHT);
        me.createDeliveries();
        claimed.addAll(deliveries.claim(LINKS, 20));
        partnerClaimed.addAll(deliveries.claim(PARTNER, 4));
        me.claimExports(10).forEach(export -> me.ready(verified(export)));
        me.other("other", LEASE, clock).fetchNext();
    }

    /**
     * What happens all the time. Not {@code replay}, which somebody runs to search all, nor what {@code once} reports at its end.
     */
    List<Operation> regular() {
        List<String> ids = page("page").stream().map(Export::exportId).toList();
        return List.of(
                new Operation("A process takes over what the last one left", "At the start, on SQLite.", () -> {
                    deliveries.takeOver();
                    spooled.takeOver(Map.of(1L, 2000L));
                }),
                new Operation("A route starts", "At the start, and when a route file changes.", () -> {
                    destinations.stop(LINKS.name());
                    destinations.start(LINKS);
                }),
                new Operation(
                        "A page of the list is looked up", "For each page of a poll.", () -> me.recorder.known(ids)),
                new Operation(
                        "New exports are recorded",
                        "For each page of a poll that has new ones, in one transaction.",
                        () -> me.recorder.record(page("page"), Optional.empty())),
                new Operation(
                        "A destination gets its deliveries of new files",
                        "Twice a second and after each poll, for each destination.",
                        me::createDeliveries),
                new Operation(
                        "Downloads are claimed",
                        "Twice a second and whenever there is room for more, for each destination that needs files.",
                        () -> fetching = me.claimExports(32)),
                new Operation(
                        "A download is verified", "For each download.", () -> me.ready(verified(fetching.get(0)))),
                new Operation("A download fails, or is released", "For each that does.", () -> {
                    me.downloadFailed(fetching.get(1).files(), FailureAction.RETRY, "the store answered 503");
                    me.releaseFiles(fetching.get(2).fileIds());
                }),
                new Operation("Deliveries are claimed", "Whenever a route has room for more.", () -> {
                    claimed.addAll(deliveries.claim(ARCHIVE, 8));
                    claimed.addAll(deliveries.claim(LINKS, 8));
                }),
                new Operation(
                        "A poll finds nothing to deliver",
                        "Twice a second, for each destination that has nothing due.",
                        () -> {
                            deliveries.claim(IDLE, 8);
                            deliveries.claim(IDLE, 8);
                        }),
                new Operation("A repeated file name is claimed", "For each write under a name that may repeat.", () -> {
                    String place = "file:/archive/daily.csv.gz";
                    locations.claim(place, claimed.get(0).deliveryId(), false);
                    locations
                            .claim(place, claimed.get(1).deliveryId(), false)
                            .ifPresent(holder -> locations.takeOver(
                                    place, holder, claimed.get(1).deliveryId()));
                }),
                new Operation("A delivery ends", "For each attempt, several in one transaction.", () -> {
                    // Earlier claims were lost when a process took over.
                    Delivery latest = claimed.get(claimed.size() - 1);
                    deliveries.holds(latest);
                    deliveries.delivered(latest, Optional.empty());
                    deliveries.failed(
                            claimed.get(claimed.size() - 2),
                            new DeliveryException(FailureAction.RETRY, "refused"),
                            RETRIES);
                }),
                new Operation(
                        "A manifest is delivered",
                        "For each export.",
                        () -> deliveries.delivered(
                                deliveries.claim(MANIFESTS, 1).get(0), Optional.empty())),
                new Operation(
                        "A destination goes down, and comes back",
                        "For each attempt that meets an outage, for each probe, and for the first success.",
                        () -> {
                            deliveries.delivered(partnerClaimed.get(0), Optional.empty());
                            meetOutage(partnerClaimed.get(1));
                            clock.advance(RETRIES.retryDelay());
                            Delivery probe = deliveries.claim(PARTNER, 4).get(0);
                            meetOutage(probe);
                            clock.advance(RETRIES.maxRetryDelay());
                            deliveries.delivered(deliveries.claim(PARTNER, 4).get(0), Optional.empty());
                        }),
                new Operation("A file of the spool is missing", "For each that is.", () -> me.downloads.lost(1)),
                new Operation(
                        "The spool keeps files for destinations that are down, paused or outside their window, for later attempts, and for parked deliveries",
                        "Every minute, and every five seconds while downloads wait for room.",
                        () -> spooled.drop(
                                spooled.kept().stream().map(KeptFile::fileId).toList(), clock.instant())),
                new Operation(
                        "The spool frees delivered files",
                        "Twice a second, for what has been delivered since; every minute for all.",
                        () -> {
                            spooled.releaseDone(fetching.get(0).fileIds());
                            spooled.releaseDone();
                            spooled.notWaitedFor(fetching.get(1).fileIds());
                            spooled.held();
                        }),
                new Operation("Leases are renewed", "Four times per lease.", () -> {
                    deliveries.renewLeases();
                    me.renewFileLeases();
                }),
                new Operation("Ended leases are released", "Every five seconds.", () -> {
                    deliveries.releaseEndedLeases();
                    me.releaseEndedFileLeases();
                }),
                new Operation(
                        "Deliveries expire",
                        "Every five seconds.",
                        () -> expiry.expire(clock.instant(), Duration.ofMinutes(15))),
                new Operation(
                        "Deliveries that name another spool than their file are repaired",
                        "Every minute.",
                        () -> new SpooledDeliveries(database).repair()),
                new Operation(
                        "Deliveries that are likely to expire are reported",
                        "Every five seconds.",
                        () -> progress.atRisk(Duration.ofHours(1))),
                new Operation(
                        "Events are deleted after their retention", "Every minute.", () -> new EventLog(database, clock)
                                .deleteOlderThan(Duration.ofDays(400), 1)),
                new Operation(
                        "An instance reports that it runs",
                        "Every minute.",
                        () -> instances.report(destinations.running())),
                new Operation("Expected exports are counted", "Every minute, for each expectation.", () -> {
                    Expectations expectations = new Expectations(database, clock);
                    Instant since = clock.instant().minus(Duration.ofDays(1));
                    expectations.recent();
                    expectations.isOlderThan(since);
                    expectations.delivered(new NamePattern("properties_*"), since, clock.instant());
                    expectations.undelivered(new NamePattern("properties_*"), since);
                }),
                new Operation("The states of the destinations are read", "Twice a second.", me.states::all),
                new Operation("Deliveries that wait are counted", "At the end of each poll.", () -> {
                    progress.waiting();
                    progress.parked();
                }),
                new Operation("`status` is shown", "When somebody runs it, or looks at the console.", () -> {
                    Overview.of(database, clock);
                    Status status = new Status(database);
                    for (Set<DeliveryState> states : List.of(
                            Set.<DeliveryState>of(),
                            Set.of(DeliveryState.PARKED),
                            Set.of(DeliveryState.SKIPPED, DeliveryState.RETRYING))) {
                        Instant since = clock.instant().minus(Duration.ofDays(1));
                        status.forEach(new Status.Choice(null, null, states, null, 20), row -> {});
                        status.forEach(new Status.Choice(null, IDLE.name(), states, null, 20), row -> {});
                        status.forEach(new Status.Choice("past-7", null, states, null, 20), row -> {});
                        status.forEach(new Status.Choice(null, null, states, since, 20), row -> {});
                    }
                }),
                new Operation("`history` is shown", "When somebody runs it, or looks at the console.", () -> {
                    Events events = new Events(database);
                    events.forEach(new Events.Choice(null, null, List.of(), null, 20), event -> {});
                    events.forEach(new Events.Choice("past-7", null, List.of(), null, 0), event -> {});
                    events.forEach(new Events.Choice(null, IDLE.name(), List.of("parked"), null, 20), event -> {});
                    events.forEach(new Events.Choice(null, null, List.of("parked"), clock.instant(), 20), event -> {});
                }),
                new Operation("A page of a list is shown", "When somebody asks the REST API for it.", () -> {
                    for (Set<DeliveryState> states :
                            List.of(Set.<DeliveryState>of(), Set.of(DeliveryState.PARKED, DeliveryState.RETRYING))) {
                        Status.Position after = new Status.Position(40_000, LINKS.name());
                        new Status(database).forEach(new Status.Choice(null, null, states, null, 51, after), row -> {});
                        new Status(database)
                                .forEach(new Status.Choice(null, LINKS.name(), states, null, 51, after), row -> {});
                    }
                    Events.Position before = new Events.Position(clock.instant(), 7);
                    new Events(database)
                            .forEach(new Events.Choice(null, null, List.of(), null, 51, before), event -> {});
                    new Events(database)
                            .forEach(
                                    new Events.Choice(null, IDLE.name(), List.of("parked"), null, 51, before),
                                    event -> {});
                    ExportList exports = new ExportList(database);
                    exports.page(new ExportList.Choice(null, null, Set.of()), 40_000, 50);
                    exports.page(new ExportList.Choice(new NamePattern("none"), null, Set.of()), 40_000, 50);
                    exports.page(
                            new ExportList.Choice(
                                    null, null, Set.of(), clock.instant().minus(Duration.ofDays(1)), clock.instant()),
                            40_000,
                            50);
                    exports.page(new ExportList.Choice(null, LINKS.name(), Set.of(DeliveryState.PARKED)), 40_000, 50);
                    new InstanceList(database, clock).all();
                    new Explanations(database, clock).exportOf("17");
                    new Status(database).expiring(LINKS.name(), 20);
                    new Status(database).nextWaiting(LINKS.name());
                    new DeliveryRates(database).delivered(clock.instant().minus(Duration.ofHours(1)), clock.instant());
                }),
                new Operation("`explain` is shown", "When somebody runs it, for an id.", () -> {
                    new Explanations(database, clock).of("past-7");
                    new Explanations(database, clock).of(claimed.get(0).deliveryId());
                    new Explanations(database, clock).of("properties.past-7.csv.gz");
                }),
                new Operation(
                        "A route reads events",
                        "Twice a second, for each `export-events:`; most when there are new ones.",
                        () -> {
                            Events events = new Events(database);
                            cursors.start("mail", false);
                            cursors.stop("mail");
                            cursors.isBehind("mail");
                            long position = cursors.claim("mail").orElseThrow();
                            events.next(position, events.settled().orElseThrow(), 500);
                            cursors.advance("mail", position + 1);
                            cursors.release("mail");
                            cursors.advance("mail", position + 2);
                        }),
                new Operation("`once` checks whether it is done", "Repeatedly, while it runs.", () -> {
                    progress.hasWorkBefore(NAMES, clock.instant());
                    progress.isDownloading();
                    progress.waiting(NAMES);
                }));
    }

    private void meetOutage(Delivery delivery) {
        deliveries.failed(delivery, new DeliveryException(FailureAction.OUTAGE, "nothing listens there"), RETRIES);
    }

    private static List<VerifiedFile> verified(DueExport export) {
        return export.fileIds().stream()
                .map(file -> new VerifiedFile(file, "ab", 7L))
                .toList();
    }

    private List<Export> page(String name) {
        Instant now = clock.instant();
        return IntStream.range(0, PAGE)
                .mapToObj(i -> new Export(
                        name + "-" + i,
                        Export.COMPLETED,
                        "properties_export",
                        100,
                        "Complete",
                        10L,
                        100L,
                        List.of(new DownloadUrl("properties.csv.gz", "https://store/" + i, 100L)),
                        now,
                        now,
                        now.plus(Duration.ofDays(7)).plusSeconds(i)))
                .toList();
    }

    /**
     * @param name what is done
     * @param when how often
     * @param work does it
     */
    record Operation(String name, String when, Runnable work) {}
}

package org.exportrelay.check;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.exportrelay.check.Finding.Kind;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.ledger.DeliveredFiles;
import org.exportrelay.ledger.DeliveredFiles.DeliveredFile;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFiles;

/**
 * Compares what the ledger has as delivered with what the destinations hold. Lists each directory of a delivered file once,
 * and never changes anything at a destination. Memory is constant, however many files there are. For one thread.
 */
public final class Reconciliation implements AutoCloseable {

    private final LedgerDatabase database;
    private final DeliveredFiles delivered;
    private final Instant since;
    private final boolean withChecksums;
    private final Consumer<Finding> findings;
    private final Listings listings = Listings.create();
    private final Set<String> roots = new LinkedHashSet<>();
    private final Map<String, Tally> tallies = new TreeMap<>();
    /** What is delivered meanwhile may come too late for a listing. */
    private final Instant until;

    /**
     * @param destinations which ones to compare
     * @param since when files were delivered, or later; null for any time
     * @param withChecksums whether checksums are compared as well as sizes
     * @param findings receives each difference as soon as it is found
     */
    public Reconciliation(
            LedgerDatabase database,
            Collection<String> destinations,
            Instant since,
            boolean withChecksums,
            Consumer<Finding> findings) {
        this.database = database;
        this.delivered = new DeliveredFiles(database);
        this.since = since == null ? Instant.EPOCH : since;
        this.withChecksums = withChecksums;
        this.findings = findings;
        this.until = Clock.systemUTC().instant();
        destinations.forEach(name -> tallies.put(name, Tally.of(name)));
    }

    /**
     * Compares everything that the routes reach.
     *
     * @param context whose components and beans the routes use
     * @param files whose routes have no fault
     */
    public void run(CamelContext context, RouteFiles files) {
        new RouteCheck(context).visitTargets(files, new DestinationInventories(this));
        finish();
    }

    /** Compares the files that are below the root of an inventory, unless another one with this root has done so. */
    void compare(Inventory inventory) {
        if (roots.add(inventory.root())) {
            tallies.keySet()
                    .forEach(destination -> delivered.forEach(destination, since, until, file -> {
                        if (file.location() != null && file.location().startsWith(inventory.root())) {
                            compare(destination, file, inventory);
                        }
                    }));
        }
    }

    private void compare(String destination, DeliveredFile file, Inventory inventory) {
        String directory = file.location().substring(0, file.location().lastIndexOf('/') + 1);
        Optional<String> failure = listings.list(directory, destination, inventory);
        if (failure.isPresent()) {
            report(Kind.UNCHECKED, destination, file, null, null, directory + " cannot be listed: " + failure.get());
            return;
        }
        OptionalLong size = listings.sizeOfDelivered(file.location());
        if (size.isEmpty()) {
            listings.addMissing(file.deliveryId());
            report(Kind.MISSING, destination, file, null, null, "is not there");
        } else if (size.getAsLong() >= 0 && file.size() != null && size.getAsLong() != file.size()) {
            String text = "has " + size.getAsLong() + " bytes, and " + file.size() + " were delivered";
            report(Kind.DIFFERENT, destination, file, size.getAsLong(), null, text);
        } else {
            compareChecksum(destination, file, size.getAsLong(), inventory);
        }
    }

    private void compareChecksum(String destination, DeliveredFile file, long size, Inventory inventory) {
        Optional<String> sha256;
        try {
            sha256 = withChecksums && file.sha256() != null ? inventory.sha256(file.location()) : Optional.empty();
        } catch (Exception e) {
            String reason = ProbeFailure.describe(e, "check that the user of the route may read the file");
            report(Kind.UNCHECKED, destination, file, size, null, "cannot be read: " + reason);
            return;
        }
        if (sha256.isEmpty() || sha256.get().equals(file.sha256())) {
            tallies.computeIfPresent(destination, (name, tally) -> tally.plusSame());
        } else {
            String there =
                    sha256.get().isEmpty() ? "no SHA-256, so that another program wrote it" : "SHA-256 " + sha256.get();
            String text = "has " + there + ", and " + file.sha256() + " was delivered";
            report(Kind.DIFFERENT, destination, file, size, sha256.get(), text);
        }
    }

    private void report(Kind kind, String destination, DeliveredFile file, Long size, String sha256, String text) {
        report(new Finding(kind, destination, file.location(), file, size, sha256, text));
    }

    private void report(Finding finding) {
        tallies.computeIfPresent(finding.destination(), (name, tally) -> tally.plus(finding.kind()));
        findings.accept(finding);
    }

    /** Reports files that the ledger does not know, and deliveries that no inventory reaches. */
    void finish() {
        new UnknownFiles(listings, delivered).forEach(this::report);
        tallies.keySet()
                .forEach(destination -> delivered.forEach(destination, since, until, file -> {
                    if (file.location() == null) {
                        tallies.computeIfPresent(destination, (name, tally) -> tally.plusWithoutPlace());
                    } else if (roots.stream().noneMatch(file.location()::startsWith)) {
                        String text = "no route reaches it, or its server passes on what it receives";
                        report(Kind.UNCHECKED, destination, file, null, null, text);
                    }
                }));
    }

    /** The numbers of each destination. */
    public List<Tally> tallies() {
        return List.copyOf(tallies.values());
    }

    /** How many deliveries have no file at their destination. */
    public long missing() {
        return listings.missing();
    }

    /**
     * Makes the missing ones due again.
     *
     * @param by who asks for it
     * @return how many; fewer if the URLs of some have expired and no spool has the file
     */
    public int replayMissing(String by) {
        AtomicInteger replayed = new AtomicInteger();
        Replay replay = new Replay(database, Clock.systemUTC());
        listings.forEachMissing(ids -> replayed.addAndGet(replay.replay(ids, by)));
        return replayed.get();
    }

    @Override
    public void close() {
        listings.close();
    }
}

package org.exportrelay.component;

import java.util.Optional;
import org.apache.camel.Exchange;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.FileLocations;
import org.exportrelay.ledger.FileLocations.Holder;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.records.FileFormat;

/**
 * The files that a delivery writes at its destination. A producer claims each name before it writes there, so that no
 * delivery replaces another one's file. All copies of an exchange share it. Thread-safe.
 */
public final class DeliveryFiles {

    /** The exchange property that holds it. */
    public static final String PROPERTY = "ExportDeliveryFiles";

    /** What the producer does with a file that has the name already. */
    public enum Existing {
        /** It is lost: the delivery needs {@code overwrite=true} if it is another one's. */
        REPLACED,
        /** It stays under another name. */
        MOVED,
        /** It stays, and nothing is written. */
        KEPT
    }

    /** Asks the destination whether a file is there. */
    @FunctionalInterface
    public interface Presence {

        /**
         * @return true also if the destination cannot tell
         * @throws Exception if the destination does not answer
         */
        boolean isThere() throws Exception;
    }

    private final Delivery delivery;
    private final FileLocations locations;
    private final boolean overwrite;
    /** The verified file, which the destination may receive in another form. */
    private final ExportFile source;

    private final boolean isOriginal;
    /** Whether all deliveries of the file write the same content under its unique name. */
    private final boolean isRepeatable;
    /** Null before a file is written. */
    private volatile String location;

    /**
     * @param overwrite whether it may replace files of other deliveries
     */
    public DeliveryFiles(Delivery delivery, FileLocations locations, boolean overwrite) {
        this(delivery, delivery.file(), true, true, locations, overwrite);
    }

    private DeliveryFiles(
            Delivery delivery,
            ExportFile source,
            boolean isOriginal,
            boolean isRepeatable,
            FileLocations locations,
            boolean overwrite) {
        this.delivery = delivery;
        this.source = source;
        this.isOriginal = isOriginal;
        this.isRepeatable = isRepeatable;
        this.locations = locations;
        this.overwrite = overwrite;
    }

    /**
     * For a route that receives files in another form. All its names are claimed: {@code x.csv.gz} and {@code x.csv} of one
     * export have the same name once they are expanded.
     *
     * @param delivery with the file as the destination receives it
     * @param source the verified file
     * @param isRepeatable whether all deliveries in this form write the same content; not if they encrypt
     */
    public static DeliveryFiles inOtherForm(
            Delivery delivery, ExportFile source, boolean isRepeatable, FileLocations locations, boolean overwrite) {
        return new DeliveryFiles(delivery, source, false, isRepeatable, locations, overwrite);
    }

    /** For a route that receives manifests: those of two destinations have the same unique name, and different content. */
    public static DeliveryFiles ofManifest(Delivery delivery, FileLocations locations, boolean overwrite) {
        return new DeliveryFiles(delivery, delivery.file(), true, false, locations, overwrite);
    }

    /** Empty for an exchange that did not start at {@code exports:}. */
    public static Optional<DeliveryFiles> of(Exchange exchange) {
        return Optional.ofNullable(exchange.getProperty(PROPERTY, DeliveryFiles.class));
    }

    /**
     * Claims a name before anything is written. A name that starts with the file's unique name needs no claim if it is that
     * of a compressed file as it is: only deliveries of the same file have it. The name of any other file may be that of
     * another form of a file of the same export. A place whose delivery has ended is free again once its file has been
     * fetched: then nothing is lost.
     *
     * @param target URI of the file without credentials, normalized by the same rules for all routes; ends in its name
     * @throws DeliveryException if the name belongs to another delivery
     * @throws Exception if the destination does not answer
     */
    public void claim(String target, Existing existing, Presence presence) throws Exception {
        boolean hasUniqueName = hasUniqueName(target);
        if (hasUniqueName && isOriginal && FileFormat.of(source.filename()).isGzip()) {
            return;
        }
        boolean takesOver = existing == Existing.MOVED || existing == Existing.REPLACED && overwrite;
        try {
            if (hasUniqueName && !isOriginal && !takesOver) {
                requireNoUnclaimedFile(target, existing, presence);
            }
            Optional<Holder> holder = locations.claim(target, delivery.deliveryId(), takesOver);
            if (holder.isPresent() && hasUniqueName && isSource(holder.get())) {
                locations.claim(target, delivery.deliveryId(), true);
            } else if (holder.isPresent() && !isFree(target, holder.get(), presence)) {
                throw taken(target, holder.get(), existing);
            }
        } catch (RuntimeException e) {
            if (!LedgerDatabase.isFault(e)) {
                throw e;
            }
            throw new DeliveryException(
                    FailureAction.POSTPONE,
                    "the ledger cannot be used now (" + LedgerDatabase.describe(e) + "); " + target
                            + " is written once its name is claimed",
                    e);
        }
    }

    /** Versions before this rule wrote unique names without a claim. */
    private void requireNoUnclaimedFile(String target, Existing existing, Presence presence) throws Exception {
        Optional<Holder> holder = locations.unclaimed(target, source);
        if (holder.isPresent() && presence.isThere()) {
            throw taken(target, holder.get(), existing);
        }
    }

    /** Deliveries of one file to several destinations write the same content under this name. */
    private boolean isSource(Holder holder) {
        return isRepeatable
                && holder.exportId().equals(source.exportId())
                && holder.fileName().equals(source.uniqueName());
    }

    private boolean hasUniqueName(String target) {
        return target.substring(target.lastIndexOf('/') + 1)
                .startsWith(delivery.file().uniqueName());
    }

    private boolean isFree(String target, Holder holder, Presence presence) throws Exception {
        return holder.state().isFinal()
                && !presence.isThere()
                && locations.takeOver(target, holder, delivery.deliveryId());
    }

    private DeliveryException taken(String target, Holder holder, Existing existing) {
        String remedy = "; give each file a name of its own, for example with ${header.CamelFileName}, then replay";
        String overwriting = existing == Existing.KEPT
                ? ""
                : "; or set overwrite=true at exports:" + delivery.destination()
                        + " if the latest file is to replace the others";
        return new DeliveryException(
                FailureAction.PARK,
                target + " is already " + holder.fileName() + " of export " + holder.exportId() + " (exports:"
                        + holder.destination() + "), and " + delivery.file().uniqueName() + " has the same name there"
                        + remedy + overwriting);
    }

    /** A file has been written. Its companions, whose names continue its own, do not count. */
    public synchronized void written(String target) {
        if (location == null || !target.startsWith(location)) {
            location = target;
        }
    }

    /** Where the delivery's file is: the last one written; empty if none was. */
    public Optional<String> location() {
        return Optional.ofNullable(location);
    }
}

package org.exportrelay.pgp;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.exportrelay.delivery.DeliveryException;

/** The keys of a file that an encryption needs: all of them. Thread-safe. */
public sealed interface PgpKeys permits RecipientKeys, SigningKey {

    /** Where they are. */
    Path file();

    /** What they are for, such as {@code encrypts to}. */
    String use();

    /**
     * Reads the file.
     *
     * @param at the time at which the keys must be usable, now or later
     * @return one key or more
     * @throws DeliveryException an outage, if one of them is not; names the file and what to do
     */
    List<PgpKey> usable(Instant at) throws DeliveryException;
}

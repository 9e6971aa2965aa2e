package org.exportrelay.pgp;

import java.time.Instant;
import java.util.Optional;

/**
 * A key that can be used.
 *
 * @param owner its user id and its id, such as {@code Partner <ops@partner.example> (1C36EA4A2B7CD1D0)}
 * @param end when it ends; empty if it does not
 */
public record PgpKey(String owner, Optional<Instant> end) {}

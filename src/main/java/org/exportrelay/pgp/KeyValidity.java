package org.exportrelay.pgp;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPCertificate.OpenPGPComponentKey;

/** Which subkey of a key can be used, until when, and why not. Bouncy Castle verifies the signatures that say so. */
final class KeyValidity {

    private KeyValidity() {}

    /** Whose key it is, in one line. */
    static String owner(OpenPGPCertificate key) {
        String id = String.format(Locale.ROOT, "%016X", key.getKeyIdentifier().getKeyId());
        return key.getAllUserIds().stream()
                .findFirst()
                .map(user -> user.getUserId().replaceAll("\\p{Cntrl}", " ") + " (" + id + ")")
                .orElse(id);
    }

    /**
     * The newest of some subkeys that can be used, as GnuPG selects it.
     *
     * @param subkeys that have the purpose at that time
     */
    static Optional<OpenPGPComponentKey> newest(
            OpenPGPCertificate key, Stream<OpenPGPComponentKey> subkeys, Instant at) {
        // A subkey may be valid for longer than the key that it belongs to.
        return key.getPrimaryKey().isBoundAt(Date.from(at))
                ? subkeys.max(Comparator.comparing(OpenPGPComponentKey::getCreationTime))
                : Optional.empty();
    }

    /** When a subkey or the key that it belongs to ends, whichever is first; empty if none ends. */
    static Optional<Instant> end(OpenPGPCertificate key, OpenPGPComponentKey subkey) {
        return Stream.of(key.getPrimaryKey(), subkey)
                .flatMap(part -> end(part.getPGPPublicKey()).stream())
                .min(Comparator.naturalOrder());
    }

    private static Optional<Instant> end(PGPPublicKey key) {
        return key.getValidSeconds() == 0
                ? Optional.empty()
                : Optional.of(key.getCreationTime().toInstant().plusSeconds(key.getValidSeconds()));
    }

    /**
     * Why a key without a usable subkey is useless; follows its owner in a message.
     *
     * @param purpose such as {@code encryption}
     * @param subkeys that have the purpose, usable or not
     */
    static String problem(OpenPGPCertificate key, String purpose, List<OpenPGPComponentKey> subkeys, Instant at) {
        if (key.getPrimaryKey().getPGPPublicKey().hasRevocation()) {
            return "is revoked";
        }
        if (key.getPrimaryKey().getCreationTime().toInstant().isAfter(at)) {
            return "was created in the future, on "
                    + date(key.getPrimaryKey().getCreationTime().toInstant()) + ", so a clock is wrong";
        }
        Optional<Instant> ownEnd = end(key.getPrimaryKey().getPGPPublicKey()).filter(end -> !end.isAfter(at));
        if (ownEnd.isPresent()) {
            return ends(ownEnd.get());
        }
        if (subkeys.isEmpty()) {
            return "has no subkey for " + purpose;
        }
        return subkeys.stream()
                .filter(subkey -> !subkey.getPGPPublicKey().hasRevocation())
                .flatMap(subkey -> end(key, subkey).stream())
                .max(Comparator.naturalOrder())
                .filter(end -> !end.isAfter(at))
                .map(KeyValidity::ends)
                .orElse("has no subkey for " + purpose
                        + " that is valid: each is revoked, or its signature is wrong or too weak");
    }

    private static String ends(Instant end) {
        return (end.isAfter(Instant.now()) ? "ends on " : "ended on ") + date(end);
    }

    private static LocalDate date(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }
}

package org.exportrelay.check;

/**
 * How many files of a destination were compared.
 *
 * @param destination its name
 * @param same as the ledger has them
 * @param missing not there
 * @param different another size or checksum
 * @param unknown there, but not in the ledger
 * @param unchecked could not be compared
 * @param withoutPlace deliveries of which the ledger has no place: no files, or of a version before 0.2.0
 */
public record Tally(
        String destination, long same, long missing, long different, long unknown, long unchecked, long withoutPlace) {

    static Tally of(String destination) {
        return new Tally(destination, 0, 0, 0, 0, 0, 0);
    }

    /** Whether all that was delivered is there, as far as the ledger has places. */
    public boolean isComplete() {
        return missing == 0 && different == 0 && unchecked == 0;
    }

    Tally plusSame() {
        return new Tally(destination, same + 1, missing, different, unknown, unchecked, withoutPlace);
    }

    Tally plusWithoutPlace() {
        return new Tally(destination, same, missing, different, unknown, unchecked, withoutPlace + 1);
    }

    Tally plus(Finding.Kind kind) {
        return switch (kind) {
            case MISSING -> new Tally(destination, same, missing + 1, different, unknown, unchecked, withoutPlace);
            case DIFFERENT -> new Tally(destination, same, missing, different + 1, unknown, unchecked, withoutPlace);
            case UNKNOWN -> new Tally(destination, same, missing, different, unknown + 1, unchecked, withoutPlace);
            case UNCHECKED -> new Tally(destination, same, missing, different, unknown, unchecked + 1, withoutPlace);
        };
    }
}

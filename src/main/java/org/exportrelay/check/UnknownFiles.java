package org.exportrelay.check;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.exportrelay.check.Finding.Kind;
import org.exportrelay.check.Listings.Listed;
import org.exportrelay.ledger.DeliveredFiles;

/**
 * Files that are there and of which the ledger knows nothing. Reads the ledger for a thousand at a time.
 *
 * @param listings in which the delivered files are marked
 * @param delivered the ledger
 */
record UnknownFiles(Listings listings, DeliveredFiles delivered) {

    void forEach(Consumer<Finding> findings) {
        listings.forEachOther(files -> {
            List<Listed> others = files.stream().filter(this::isPayload).toList();
            Set<String> unknown =
                    delivered.unknown(others.stream().map(Listed::location).toList());
            others.stream()
                    .filter(file -> unknown.contains(file.location()))
                    .map(UnknownFiles::finding)
                    .forEach(findings);
        });
    }

    /** Neither a temporary file nor a companion such as {@code NAME.done}. */
    private boolean isPayload(Listed file) {
        String location = file.location();
        String name = location.substring(location.lastIndexOf('/') + 1);
        boolean isCompanion = name.contains(".") && listings.has(location.substring(0, location.lastIndexOf('.')));
        return !name.startsWith(".") && !isCompanion;
    }

    private static Finding finding(Listed file) {
        return new Finding(
                Kind.UNKNOWN,
                file.destination(),
                file.location(),
                null,
                file.size() < 0 ? null : file.size(),
                null,
                "is there, and not in the ledger");
    }
}

package org.exportrelay.ledger;

import java.util.Collection;
import org.exportrelay.config.NearestName;
import org.exportrelay.config.SettingsException;

/** A name that no destination of the ledger has. */
public final class UnknownDestinationException extends SettingsException {

    private static final long serialVersionUID = 1L;

    UnknownDestinationException(String name, Collection<String> known) {
        super("the ledger has no destination '" + name + "'"
                + NearestName.of(name, known)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("")
                + (known.isEmpty()
                        ? "; it has none yet: a destination is recorded when its route first starts"
                        : "; it has " + String.join(", ", known)));
    }
}

package org.exportrelay.ledger;

import java.util.Optional;
import org.exportrelay.config.RelaySettings;

/** Where a test's ledger is. */
public record LedgerSettings(String url, Optional<String> username, Optional<String> password)
        implements RelaySettings.Ledger {

    public static LedgerSettings of(String url) {
        return new LedgerSettings(url, Optional.empty(), Optional.empty());
    }
}

package org.exportrelay.ledger;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.exportrelay.config.RelaySettings;

/** Opens the data directory and the ledger once, at their first use, and makes their parts beans. */
public final class LedgerBeans {

    private final Clock clock = Clock.systemUTC();

    @Produces
    @Singleton
    DataDirectory dataDirectory(RelaySettings settings) {
        return DataDirectory.own(settings.dataDir());
    }

    void closeDataDirectory(@Disposes DataDirectory directory) {
        directory.close();
    }

    @Produces
    @Singleton
    LedgerDatabase database(RelaySettings settings, DataDirectory ownedFirst) {
        return LedgerDatabase.open(settings.ledger());
    }

    void closeDatabase(@Disposes LedgerDatabase database) {
        database.close();
    }

    @Produces
    @Singleton
    Ledger ledger(LedgerDatabase database) {
        return new Ledger(database, clock);
    }

    @Produces
    @Singleton
    Destinations destinations(LedgerDatabase database) {
        return new Destinations(database, clock);
    }

    @Produces
    @Singleton
    DeliveryQueue deliveryQueue(LedgerDatabase database, DataDirectory directory, RelaySettings settings) {
        return new DeliveryQueue(
                database, directory.instanceId(), settings.delivery().lease(), clock);
    }

    @Produces
    @Singleton
    DownloadQueue downloadQueue(LedgerDatabase database, Destinations destinations, DataDirectory directory) {
        return new DownloadQueue(database, destinations, directory.instanceId(), clock);
    }

    @Produces
    @Singleton
    Poller poller(LedgerDatabase database, DataDirectory directory) {
        return new Poller(database, directory.instanceId(), clock);
    }

    @Produces
    @Singleton
    Progress progress(LedgerDatabase database) {
        return new Progress(database, clock);
    }
}

package org.exportrelay.ledger;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.UUID;
import org.exportrelay.config.RelaySettings;

/** Opens the data directory and the ledger once, at their first use, and makes their parts beans. */
@Singleton
public class LedgerBeans {

    private final Clock clock = Clock.systemUTC();
    /** The name under which this process claims; a new one per start, so that no two ever share it. */
    private final String instance = UUID.randomUUID().toString();

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
        return LedgerDatabase.openForWork(settings.ledger());
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
    DeliveryQueue deliveryQueue(LedgerDatabase database, RelaySettings settings) {
        return new DeliveryQueue(database, instance, settings.delivery().lease(), clock);
    }

    @Produces
    @Singleton
    DownloadQueue downloadQueue(LedgerDatabase database, Destinations destinations, RelaySettings settings) {
        return new DownloadQueue(
                database, destinations, instance, settings.delivery().lease(), clock);
    }

    @Produces
    @Singleton
    SpooledFiles spooledFiles(LedgerDatabase database, Destinations destinations, RelaySettings settings) {
        return new SpooledFiles(
                database, destinations, instance, settings.delivery().lease(), clock);
    }

    @Produces
    @Singleton
    Poller poller(LedgerDatabase database) {
        return new Poller(database, instance, clock);
    }

    @Produces
    @Singleton
    Alerts alerts(LedgerDatabase database) {
        return new Alerts(database, clock);
    }

    @Produces
    @Singleton
    Progress progress(LedgerDatabase database) {
        return new Progress(database, clock);
    }
}

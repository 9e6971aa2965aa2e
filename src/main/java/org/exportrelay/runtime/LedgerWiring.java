package org.exportrelay.runtime;

import io.smallrye.common.net.HostName;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.exportrelay.api.ApiClock;
import org.exportrelay.api.UrlCipher;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.Backlogs;
import org.exportrelay.ledger.DeliveryCreator;
import org.exportrelay.ledger.DeliveryExpiry;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationRecorder;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.DownloadScan;
import org.exportrelay.ledger.DueDeliveries;
import org.exportrelay.ledger.EventCursors;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.Expectations;
import org.exportrelay.ledger.ExportOutcomes;
import org.exportrelay.ledger.ExportRecorder;
import org.exportrelay.ledger.FileLocations;
import org.exportrelay.ledger.Instances;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.ScratchLedger;
import org.exportrelay.ledger.SharedRequests;
import org.exportrelay.ledger.SharedUrls;
import org.exportrelay.ledger.SpooledDeliveries;
import org.exportrelay.ledger.SpooledFiles;
import org.exportrelay.ledger.TraceContexts;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.RouteConfirmation;

/** Opens the data directory and the ledger once, at their first use, and produces their parts as beans. */
@Singleton
public class LedgerWiring {

    /** A pause, and an outage that another instance has met, is noticed within this time. */
    private static final Duration STATES_MAX_AGE = Duration.ofMillis(500);

    /** Half of the time after which a route asks by default. */
    private static final Duration DUE_MAX_AGE = Duration.ofMillis(250);

    /** For windows, which follow the machine's clock also when it is set back. */
    private static final Clock WALL_CLOCK = Clock.systemUTC();

    private final Clock steadyClock = new SteadyClock();
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
        return LedgerDatabase.openForWork(settings.ledger(), settings.delivery().lease());
    }

    void closeDatabase(@Disposes LedgerDatabase database) {
        database.close();
    }

    @Produces
    @Singleton
    ExportRecorder exportRecorder(LedgerDatabase database) {
        return new ExportRecorder(database, clock(database));
    }

    @Produces
    @Singleton
    DeliveryCreator deliveryCreator(LedgerDatabase database) {
        return new DeliveryCreator(database, clock(database));
    }

    @Produces
    @Singleton
    DestinationRegistry destinations(LedgerDatabase database) {
        return new DestinationRegistry(new DestinationRecorder(database, clock(database)), clock(database));
    }

    @Produces
    @Singleton
    DestinationStates destinationStates(LedgerDatabase database) {
        return new DestinationStates(database, STATES_MAX_AGE, WALL_CLOCK);
    }

    @Produces
    @Singleton
    DeliveryQueue deliveryQueue(
            LedgerDatabase database, DestinationStates states, DataDirectory directory, RelaySettings settings) {
        return new DeliveryQueue(
                database,
                states,
                instance,
                directory.spoolId(),
                settings.delivery().lease(),
                clock(database));
    }

    @Produces
    @Singleton
    DueDeliveries dueDeliveries(LedgerDatabase database, DestinationStates states, DataDirectory directory) {
        return new DueDeliveries(database, states, directory.spoolId(), DUE_MAX_AGE, clock(database));
    }

    @Produces
    @Singleton
    FileLocations fileLocations(LedgerDatabase database) {
        return new FileLocations(database);
    }

    @Produces
    @Singleton
    DeliveryExpiry deliveryExpiry(LedgerDatabase database) {
        return new DeliveryExpiry(database, clock(database));
    }

    @Produces
    @Singleton
    DownloadScan downloadScan(
            LedgerDatabase database,
            DestinationRegistry destinations,
            DestinationStates states,
            DeliveryQueue deliveries,
            DataDirectory directory,
            ApiClock apiClock) {
        return new DownloadScan(
                database,
                destinations,
                states,
                deliveries::recent,
                directory.spoolId(),
                clock(database),
                apiClock,
                apiClock::certainlyPast);
    }

    @Produces
    @Singleton
    DownloadQueue downloadQueue(
            LedgerDatabase database,
            DestinationRegistry destinations,
            DataDirectory directory,
            RelaySettings settings,
            ApiClock apiClock) {
        return new DownloadQueue(
                database,
                destinations,
                directory.spoolId(),
                settings.delivery().lease(),
                clock(database),
                apiClock::certainlyPast);
    }

    @Produces
    @Singleton
    SpooledFiles spooledFiles(
            LedgerDatabase database,
            DestinationRegistry destinations,
            DestinationStates states,
            DataDirectory directory,
            RelaySettings settings,
            ApiClock apiClock) {
        return new SpooledFiles(
                database,
                destinations,
                states,
                directory.spoolId(),
                settings.delivery().lease(),
                settings.spool().keepParked(),
                clock(database),
                apiClock::certainlyPast);
    }

    @Produces
    @Singleton
    SpooledDeliveries spooledDeliveries(LedgerDatabase database) {
        return new SpooledDeliveries(database);
    }

    @Produces
    @Singleton
    Instances instances(LedgerDatabase database, @ConfigProperty(name = "quarkus.application.version") String version) {
        return new Instances(database, instance, HostName.getHostName(), version, clock(database));
    }

    @Produces
    @Singleton
    EventLog eventLog(LedgerDatabase database) {
        return new EventLog(database, clock(database));
    }

    @Produces
    @Singleton
    Events events(LedgerDatabase database) {
        return new Events(database);
    }

    @Produces
    @Singleton
    ExportOutcomes exportOutcomes(LedgerDatabase database) {
        return new ExportOutcomes(database);
    }

    @Produces
    @Singleton
    ScratchLedger scratchLedger(LedgerDatabase database, RelaySettings settings, DestinationStates states) {
        return new ScratchLedger(database, settings.ledger().url(), states);
    }

    @Produces
    @Singleton
    BackfillEstimate backfillEstimate(LedgerDatabase database) {
        return new BackfillEstimate(database, clock(database));
    }

    @Produces
    @Singleton
    RouteConfirmation routeConfirmation(
            Events events, EventLog log, DestinationStates states, BackfillEstimate estimate, RelaySettings settings) {
        return new RouteConfirmation(
                events, log, states, estimate, settings.routes().confirmAbove());
    }

    @Produces
    @Singleton
    Expectations expectations(LedgerDatabase database) {
        return new Expectations(database, clock(database));
    }

    @Produces
    @Singleton
    DestinationControl destinationControl(LedgerDatabase database) {
        return new DestinationControl(database, clock(database));
    }

    @Produces
    @Singleton
    DestinationSummaries destinationSummaries(LedgerDatabase database) {
        return new DestinationSummaries(database, WALL_CLOCK);
    }

    @Produces
    @Singleton
    PollLease pollLease(LedgerDatabase database) {
        return new PollLease(database, instance, clock(database));
    }

    @Produces
    @Singleton
    Backlogs backlogs(LedgerDatabase database) {
        return new Backlogs(database);
    }

    @Produces
    @Singleton
    SharedUrls sharedUrls(LedgerDatabase database, UrlCipher cipher) {
        return new SharedUrls(database, cipher, clock(database));
    }

    @Produces
    @Singleton
    SharedRequests sharedRequests(LedgerDatabase database) {
        return new SharedRequests(database, clock(database));
    }

    @Produces
    @Singleton
    EventCursors eventCursors(LedgerDatabase database, RelaySettings settings) {
        return new EventCursors(database, instance, settings.delivery().lease(), clock(database));
    }

    @Produces
    @Singleton
    TraceContexts traceContexts(LedgerDatabase database) {
        return new TraceContexts(database);
    }

    @Produces
    @Singleton
    Progress progress(LedgerDatabase database) {
        return new Progress(database, clock(database));
    }

    /** Instances that share a ledger compare their leases: none may keep to a clock that was corrected. */
    private Clock clock(LedgerDatabase database) {
        return database.isExclusive() ? steadyClock : Clock.systemUTC();
    }
}

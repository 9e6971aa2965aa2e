package org.exportrelay.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code replay}. */
@Command(
        name = "replay",
        description =
                "Repeats deliveries that have ended, and tries failed ones now, also while a relay runs. Leaves alone"
                        + " what can no longer be delivered: the URLs have expired and no spool has the file.",
        mixinStandardHelpOptions = true)
public final class ReplayCommand extends LedgerCommand {

    @Option(names = "--export", paramLabel = "ID", description = "Only of this export.")
    private String export;

    @Option(names = "--destination", paramLabel = "NAME", description = "Only to this destination.")
    private String destination;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = Time.class,
            description =
                    "Only those that ended then or later: 2026-02-17 or 2026-02-17T15:30:00Z (UTC). Does not limit"
                            + " retrying ones.")
    private Instant since;

    @Option(
            names = "--state",
            split = ",",
            converter = State.class,
            defaultValue = "parked,expired",
            description =
                    "Which: parked, expired, skipped, delivered, comma-separated (default: ${DEFAULT-VALUE}). retrying:"
                            + " tries now what waits for its next attempt, as the command retry does.")
    private List<DeliveryState> states;

    @Option(names = "--dry-run", description = "Only list them.")
    private boolean dryRun;

    @Override
    int call(LedgerDatabase database, PrintWriter out) {
        if (destination != null) {
            new DestinationControl(database, Clock.systemUTC()).require(destination);
        }
        Replay replay = new Replay(database, Clock.systemUTC());
        Set<DeliveryState> chosenStates = new TreeSet<>(states);
        Replay.Choice choice = new Replay.Choice(export, destination, since, chosenStates);
        long expired = replay.expired(choice);
        if (dryRun) {
            long listed = list(replay, choice, out);
            out.printf("replay: %s would be made again%n", Counts.deliveries(listed));
        } else {
            out.printf(
                    "replay: %s will be made again, by the relay that runs or at its next start%n",
                    Counts.deliveries(replay.replay(choice, actor())));
        }
        if (expired > 0) {
            out.printf(
                    "replay: %s left unchanged, since the URLs have expired and no spool has the file; run the exports"
                            + " again%n",
                    Counts.text(expired, "delivery is", "deliveries are"));
        }
        return RelayProcess.DELIVERED;
    }

    private static long list(Replay replay, Replay.Choice choice, PrintWriter out) {
        AtomicLong listed = new AtomicLong();
        replay.forEach(choice, item -> {
            listed.incrementAndGet();
            out.printf(
                    "exports:%s: %s (%s)%n",
                    item.destination(), item.file(), item.state().text());
        });
        return listed.get();
    }

    static final class State implements ITypeConverter<DeliveryState> {

        private static final Set<String> REPLAYABLE = Set.of("parked", "expired", "skipped", "delivered", "retrying");

        @Override
        public DeliveryState convert(String value) {
            if (!REPLAYABLE.contains(value.toLowerCase(Locale.ROOT))) {
                throw new TypeConversionException(
                        "'" + value + "' cannot be replayed; write parked, expired, skipped, delivered or retrying");
            }
            return DeliveryState.of(value);
        }
    }

    static final class Time implements ITypeConverter<Instant> {

        @Override
        public Instant convert(String value) {
            try {
                return value.length() == 10
                        ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
                        : Instant.parse(value);
            } catch (DateTimeException e) {
                throw new TypeConversionException(
                        "'" + value + "' is not a time; write 2026-02-17 or 2026-02-17T15:30:00Z");
            }
        }
    }
}

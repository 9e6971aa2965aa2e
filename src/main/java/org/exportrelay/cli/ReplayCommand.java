package org.exportrelay.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.exportrelay.config.Counts;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code replay}. */
@Command(
        name = "replay",
        description =
                "Repeats deliveries that have ended, and tries failed ones now, also while a relay runs. Leaves alone"
                        + " what can no longer be delivered: the URLs have expired and no spool has the file.",
        mixinStandardHelpOptions = true,
        footer = {"", "--since and --until do not limit retrying deliveries, which have not ended."})
public final class ReplayCommand extends LedgerCommand {

    @Mixin
    private SelectionOptions selection;

    @Option(
            names = "--state",
            split = ",",
            converter = State.class,
            defaultValue = "parked,expired",
            description =
                    "Which: parked, expired, skipped, delivered, comma-separated (default: ${DEFAULT-VALUE}). retrying:"
                            + " tries now what waits for its next attempt, as the command retry does.")
    private List<DeliveryState> states;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeOption.End.class,
            description = "Only those that ended then or before; a day means until its end.")
    private Instant until;

    @Option(
            names = "--name",
            paramLabel = "GLOB",
            description = "Only of exports with such a name, for example 'properties_*'.")
    private String name;

    @Option(names = "--dry-run", description = "Only list them.")
    private boolean dryRun;

    @Option(names = "--yes", description = "On a terminal: without the question.")
    private boolean yes;

    @Option(
            names = "--json",
            description =
                    "One JSON document and nothing else on standard output. On a terminal, add --yes or --dry-run.")
    private boolean json;

    private final UnaryOperator<String> terminal;

    public ReplayCommand() {
        this(Terminal.ask());
    }

    /**
     * @param terminal asks a question; null if there is none, and nothing is asked
     */
    ReplayCommand(UnaryOperator<String> terminal) {
        this.terminal = terminal;
    }

    @Override
    int call(LedgerDatabase database, PrintWriter out) throws IOException {
        if (json && terminal != null && !yes && !dryRun) {
            throw new SettingsException(
                    "replay --json asks no question; add --yes to act, or --dry-run to see what it would" + " do");
        }
        Replay replay = new Replay(database, Clock.systemUTC());
        Replay.Choice choice = new Replay.Choice(
                selection.export(),
                selection.destination(database),
                selection.since(),
                new TreeSet<>(states),
                until,
                name == null ? null : new NamePattern(name));
        long expired = replay.expired(choice);
        if (json) {
            ReplayJson document = new ReplayJson(out);
            if (dryRun) {
                document.preview(replay, choice, expired);
            } else {
                document.replay(replay, choice, expired, actor());
            }
            return RelayProcess.DELIVERED;
        }
        if (dryRun) {
            long listed = list(replay, choice, out);
            out.printf("replay: %s would be made again%n", Counts.deliveries(listed));
        } else if (isConfirmed(replay, choice, out)) {
            out.printf(
                    "replay: %s will be made again, by the relay that runs or at its next start%n",
                    Counts.deliveries(replay.replay(choice, actor())));
        } else {
            out.println("replay: nothing was changed");
            return RelayProcess.DELIVERED;
        }
        if (expired > 0) {
            out.printf(
                    "replay: %s left unchanged, since the URLs have expired and no spool has the file; run the exports"
                            + " again%n",
                    Counts.text(expired, "delivery is", "deliveries are"));
        }
        return RelayProcess.DELIVERED;
    }

    /** On a terminal says first what it would do; a script has decided already. */
    private boolean isConfirmed(Replay replay, Replay.Choice choice, PrintWriter out) {
        if (yes || terminal == null) {
            return true;
        }
        List<Replay.Group> groups = replay.preview(choice);
        if (groups.isEmpty()) {
            return true;
        }
        groups.forEach(group -> out.printf(
                "exports:%s: %s, %s%n",
                group.destination(),
                Counts.deliveries(group.deliveries()),
                group.state().text()));
        out.flush();
        return "yes".equals(terminal.apply("Make them again? Write yes or no: "));
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
}

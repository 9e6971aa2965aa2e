package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Expectations;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code status}. */
@Command(
        name = "status",
        description =
                "Shows what needs your action, each destination, and the last deliveries. Reads the ledger, also while a"
                        + " relay runs.",
        mixinStandardHelpOptions = true)
public final class StatusCommand extends LedgerCommand {

    private static final long SHOWN = 20;

    @Option(names = "--export", paramLabel = "ID", description = "Only deliveries of this export.")
    private String export;

    @Option(names = "--destination", paramLabel = "NAME", description = "Only deliveries to this destination.")
    private String destination;

    @Option(
            names = "--state",
            split = ",",
            converter = State.class,
            description = "Only deliveries in these states, comma-separated.")
    private List<DeliveryState> states = List.of();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeOption.class,
            description = "Only deliveries that have not ended, or ended then or later: " + TimeOption.FORMS + ".")
    private Instant since;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "How many deliveries, newest first; 0: all (default: 20, with --json all).")
    private Long limit;

    @Option(names = "--json", description = "One JSON document and nothing else on standard output.")
    private boolean json;

    @Override
    int call(LedgerDatabase database, PrintWriter out) throws IOException {
        if (destination != null) {
            new DestinationControl(database, Clock.systemUTC()).require(destination);
        }
        Set<DeliveryState> chosen = states.isEmpty() ? Set.of() : EnumSet.copyOf(states);
        Status.Choice choice = new Status.Choice(export, destination, chosen, since, limit());
        Status status = new Status(database);
        List<DestinationSummary> destinations = new DestinationSummaries(database).all();
        if (json) {
            try (JsonGenerator generator = JsonText.mapper().createGenerator(out)) {
                generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
                new StatusJson(generator)
                        .write(
                                status,
                                choice,
                                destinations,
                                new Expectations(database, Clock.systemUTC())
                                        .latest()
                                        .values());
            }
            out.println();
        } else {
            new StatusText(out, Ansi.AUTO, Clock.systemUTC()).write(database, choice, destinations);
        }
        return RelayProcess.DELIVERED;
    }

    private long limit() {
        if (limit == null) {
            return json ? 0 : SHOWN;
        }
        return Math.max(0, limit);
    }

    static final class State implements ITypeConverter<DeliveryState> {

        @Override
        public DeliveryState convert(String value) {
            try {
                return DeliveryState.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + value + "' is not a state; write "
                        + String.join(
                                ", ",
                                List.of(DeliveryState.values()).stream()
                                        .map(DeliveryState::text)
                                        .toList()));
            }
        }
    }
}

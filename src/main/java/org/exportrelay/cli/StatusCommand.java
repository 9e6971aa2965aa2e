package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.Overview;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code status}. */
@Command(
        name = "status",
        description =
                "Shows what needs your action, each destination, and the last deliveries. Reads the ledger, also while a"
                        + " relay runs.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "--since selects deliveries that have not ended, too. With --json, all deliveries are listed unless --limit is"
                    + " given."
        })
public final class StatusCommand extends LedgerCommand {

    @Mixin
    private SelectionOptions selection;

    @Mixin
    private ListOptions list;

    @Option(
            names = "--state",
            split = ",",
            converter = State.class,
            description = "Only deliveries in these states, comma-separated.")
    private List<DeliveryState> states = List.of();

    @Override
    int call(LedgerDatabase database, PrintWriter out) throws IOException {
        Status.Choice choice = new Status.Choice(
                selection.export(),
                selection.destination(database),
                states.isEmpty() ? Set.of() : EnumSet.copyOf(states),
                selection.since(),
                list.json() && !list.hasLimit() ? 0 : list.limit());
        Overview overview = Overview.of(database, Clock.systemUTC());
        Status status = new Status(database);
        if (list.json()) {
            try (JsonGenerator generator = JsonText.mapper().createGenerator(out)) {
                generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
                new StatusJson(generator).write(overview, status, choice);
            }
            out.println();
        } else {
            new StatusText(out, Ansi.AUTO, overview.at()).write(overview, status, choice);
        }
        return RelayProcess.DELIVERED;
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

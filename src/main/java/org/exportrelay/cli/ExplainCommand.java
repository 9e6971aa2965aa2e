package org.exportrelay.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.exportrelay.config.Counts;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.json.ExplanationJson;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.Explanation;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Explanations;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code explain}. */
@Command(
        name = "explain",
        description =
                "Explains an export, a file or a delivery: what happened, what happens next and when, what is lost if"
                        + " nobody acts and when, and what to do. Reads the ledger, also while a relay runs.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done, 2 nothing found, no ledger, or wrong usage or settings."})
public final class ExplainCommand extends LedgerCommand {

    @Parameters(
            paramLabel = "ID",
            description =
                    "The id of a delivery, a file or an export, or the name of a file: as the API lists it, or as the"
                            + " destination has it.")
    private String id;

    @Option(
            names = "--json",
            description = "One JSON object a line for each export, and nothing else on standard output.")
    private boolean json;

    @Override
    int call(LedgerDatabase database, PrintWriter out) {
        List<Explanation> explanations = new Explanations(database, Clock.systemUTC()).of(id);
        if (explanations.isEmpty()) {
            throw new SettingsException("the ledger has nothing of '" + id + "'; searched: " + Explanations.SEARCHED
                    + ". An export that no poll has seen is not there");
        }
        if (json) {
            JsonMapper mapper = JsonText.mapper();
            explanations.forEach(explanation -> out.println(JsonText.of(mapper, ExplanationJson.fields(explanation))));
            return RelayProcess.DELIVERED;
        }
        Instant now = Instant.now();
        explanations.forEach(explanation -> print(explanation, now, out));
        return RelayProcess.DELIVERED;
    }

    private static void print(Explanation explanation, Instant now, PrintWriter out) {
        out.println("export " + plain(explanation.exportId())
                + (explanation.exportName() == null ? "" : " (" + plain(explanation.exportName()) + ")"));
        explanation.notes().forEach(note -> {
            out.println("  " + note.cause().meaning() + (note.text().isEmpty() ? "" : " " + plain(note.text())));
            out.println("  To do:  " + note.cause().action());
        });
        if (!explanation.deliveries().isEmpty()) {
            out.println("  " + summary(explanation.deliveries(), now));
        }
        explanation.deliveries().forEach(delivery -> print(delivery, now, out));
        if (!explanation.events().isEmpty()) {
            out.println();
            out.println("What happened:");
            explanation.events().forEach(event -> out.println(HistoryCommand.text(event, now)));
        }
        out.println();
    }

    /** Whether it has reached all its destinations. */
    private static String summary(List<OfDelivery> deliveries, Instant now) {
        Map<DeliveryState, Long> states = deliveries.stream()
                .collect(
                        Collectors.groupingBy(delivery -> delivery.row().state(), TreeMap::new, Collectors.counting()));
        boolean isDelivered = states.keySet().equals(Set.of(DeliveryState.DELIVERED));
        String text = Counts.deliveries(deliveries.size()) + ": "
                + states.entrySet().stream()
                        .map(state -> state.getValue() + " " + state.getKey().text())
                        .collect(Collectors.joining(", "));
        return text
                + deliveries.stream()
                        .map(delivery -> delivery.row().finishedAt())
                        .filter(at -> isDelivered && at != null)
                        .max(Comparator.naturalOrder())
                        .map(at -> ", the last at " + TimeText.of(at, now))
                        .orElse("");
    }

    private static void print(OfDelivery delivery, Instant now, PrintWriter out) {
        Row row = delivery.row();
        out.println();
        out.println("exports:" + row.destination() + ": " + plain(row.uniqueName()));
        out.println("  State:  " + row.state().text()
                + (row.finishedAt() == null ? "" : " at " + TimeText.of(row.finishedAt(), now))
                + ", attempts: " + row.attempts() + ". " + delivery.cause().meaning());
        if (!delivery.reason().isEmpty()) {
            out.println("  Reason: " + plain(delivery.reason()));
        }
        out.println("  Next:   " + delivery.next());
        out.println("  Lost:   " + delivery.loss());
        out.println("  To do:  " + delivery.action());
        out.println("  Ids:    delivery " + row.deliveryId() + ", file " + row.fileId()
                + (row.location() == null ? "" : ", at " + plain(row.location())));
        if (row.deliveredSha256() != null) {
            out.println("  SHA-256 " + row.deliveredSha256() + " (as delivered, " + row.deliveredSize() + " bytes)");
        } else if (row.sha256() != null && !row.isManifest()) {
            out.println("  SHA-256 " + row.sha256());
        }
    }

    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}

package org.exportrelay.json;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Progress.Risk;

/** Destinations and expectations; docs/operating.md lists the fields. */
public final class DestinationJson {

    private DestinationJson() {}

    /**
     * A destination and what waits for it.
     *
     * @param expiring the deliveries that expire unless they are made or downloaded before
     */
    public static Map<String, Object> fields(DestinationSummary destination, Optional<Risk> expiring) {
        DestinationState state = destination.state();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("destination", destination.name());
        fields.put("up", state.outage().isEmpty());
        fields.put(
                "down_since",
                JsonInstant.millis(state.outage().map(Outage::since).orElse(null)));
        fields.put("down_reason", state.outage().map(Outage::reason).orElse(null));
        fields.put(
                "next_probe_at",
                JsonInstant.millis(state.outage().map(Outage::nextProbe).orElse(null)));
        fields.put("paused", state.pause().isPresent());
        fields.put(
                "paused_since",
                JsonInstant.millis(state.pause().map(Pause::since).orElse(null)));
        fields.put("paused_by", state.pause().map(Pause::by).orElse(null));
        fields.put("paused_note", state.pause().map(Pause::note).orElse(null));
        fields.put(
                "window",
                state.window().map(window -> window.times().toString()).orElse(null));
        fields.put(
                "window_opens_at",
                JsonInstant.millis(state.closedWindow().map(Window::opensAt).orElse(null)));
        fields.put("has_route", !destination.lacksRoute());
        fields.put("retired_at", JsonInstant.millis(state.retiredAt()));
        fields.put("delivered", destination.delivered());
        fields.put("last_delivered_at", JsonInstant.millis(destination.lastDelivered()));
        fields.put("waiting", destination.waiting());
        fields.put("retrying", destination.retrying());
        fields.put("oldest_waiting_since", JsonInstant.millis(destination.oldestWaiting()));
        fields.put("parked", destination.parked());
        fields.put("expired", destination.expired());
        fields.put("expiring", expiring.map(Risk::deliveries).orElse(0L));
        fields.put(
                "next_expiry_at",
                JsonInstant.millis(expiring.map(Risk::firstEnd).orElse(null)));
        return fields;
    }

    /** What came of an expectation last. */
    public static Map<String, Object> expectation(ExpectationResult result) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("expectation", result.name());
        fields.put("state", result.state());
        fields.put("deadline", JsonInstant.millis(result.deadline()));
        fields.put("expected", result.expected());
        fields.put("delivered", result.delivered());
        fields.put("recorded_at", JsonInstant.millis(result.at()));
        return fields;
    }
}

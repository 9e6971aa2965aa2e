package org.exportrelay.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came of an expectation at one of its deadlines, or a warning before it, as an event records it.
 *
 * @param name of the expectation
 * @param kind at risk, missed or met
 * @param deadline when the exports were due
 * @param expected how many exports
 * @param delivered how many of them there were
 * @param isLate whether it was met after it was missed
 * @param at when it was recorded
 * @param message for people
 */
public record ExpectationResult(
        String name,
        EventKind kind,
        Instant deadline,
        int expected,
        long delivered,
        boolean isLate,
        Instant at,
        String message) {

    static ExpectationResult of(Event event) {
        JsonNode detail = EventLog.parse(event.detail());
        return new ExpectationResult(
                detail.path("expectation").asText(),
                EventKind.of(event.kind()),
                Instant.parse(detail.path("deadline").asText(Instant.EPOCH.toString())),
                detail.path("expected").asInt(),
                detail.path("delivered").asLong(),
                detail.path("late").asBoolean(),
                event.at(),
                event.message());
    }

    /** As the event's detail has it. */
    Map<String, Object> detail() {
        Map<String, Object> detail = new LinkedHashMap<>();
        detail.put("expectation", name);
        detail.put("deadline", deadline.toString());
        detail.put("expected", expected);
        detail.put("delivered", delivered);
        detail.put("late", isLate);
        return detail;
    }

    /** {@code at risk}, {@code missed}, {@code met} or {@code met late}. */
    public String state() {
        String state = kind.text().replaceFirst("expectation-", "").replace('-', ' ');
        return isLate ? state + " late" : state;
    }

    /** Whether a deadline has decided it: neither a warning nor unknown. */
    public boolean isDecided() {
        return kind != EventKind.EXPECTATION_AT_RISK;
    }
}

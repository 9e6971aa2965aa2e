package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.exportrelay.json.DestinationJson;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.Progress.Risk;

/** Destinations and what an operator does with them: {@code destinations}. */
@Singleton
final class DestinationOperations {

    private final DestinationControl control;
    private final DestinationSummaries summaries;
    private final Progress progress;

    @Inject
    DestinationOperations(DestinationControl control, DestinationSummaries summaries, Progress progress) {
        this.control = control;
        this.summaries = summaries;
        this.progress = progress;
    }

    List<Operation> operations() {
        return List.of(
                Operation.get("/destinations", Set.of(), call -> StatusOperations.items(all())),
                Operation.get("/destinations/{name}", Set.of(), call -> fields(call.path("name"))),
                Operation.post("/destinations/{name}/pause", call -> {
                    String note = call.fields(Set.of("note")).text("note");
                    return acted(call, "changed", (name, by) -> control.pause(name, by, note));
                }),
                Operation.post("/destinations/{name}/resume", call -> {
                    call.fields(Set.of());
                    return acted(call, "changed", control::resume);
                }),
                Operation.post("/destinations/{name}/retry", call -> {
                    call.fields(Set.of());
                    return acted(call, "retried", control::retry);
                }),
                Operation.post("/destinations/{name}/retire", call -> {
                    call.fields(Set.of());
                    return acted(call, "ended", control::retire);
                }));
    }

    /** Does it, and shows the destination after it. */
    private Map<String, Object> acted(Call call, String result, BiFunction<String, String, Object> act) {
        String name = call.path("name");
        Object done = act.apply(name, call.user().name());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(result, done);
        fields.putAll(fields(name));
        return fields;
    }

    private List<Map<String, Object>> all() {
        Map<String, Risk> expiring = progress.expiring();
        return summaries.all().stream()
                .map(destination ->
                        DestinationJson.fields(destination, Optional.ofNullable(expiring.get(destination.name()))))
                .toList();
    }

    /** As it is now. */
    private Map<String, Object> fields(String name) {
        control.require(name);
        return all().stream()
                .filter(destination -> destination.get("destination").equals(name))
                .findFirst()
                .orElseThrow();
    }
}

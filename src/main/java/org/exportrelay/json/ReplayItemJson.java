package org.exportrelay.json;

import java.util.LinkedHashMap;
import java.util.Map;
import org.exportrelay.ledger.Replay.Chosen;
import org.exportrelay.ledger.Replay.Group;

/** What a replay chooses; docs/operating.md lists the fields. */
public final class ReplayItemJson {

    private ReplayItemJson() {}

    /** Chosen deliveries that are alike. */
    public static Map<String, Object> group(Group group) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("destination", group.destination());
        fields.put("state", group.state().text());
        fields.put("deliveries", group.deliveries());
        return fields;
    }

    /** A delivery that is chosen. */
    public static Map<String, Object> delivery(Chosen delivery) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("destination", delivery.destination());
        fields.put("state", delivery.state().text());
        fields.put("file", delivery.file());
        return fields;
    }
}

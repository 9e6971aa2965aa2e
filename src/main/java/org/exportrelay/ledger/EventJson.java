package org.exportrelay.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Events as JSON: the columns of the table, in its order and with its names. */
public final class EventJson {

    private EventJson() {}

    /** One object in one line. */
    public static String of(JsonMapper mapper, Event event) {
        return write(mapper, columns(event));
    }

    /** A list of objects in one line. */
    public static String of(JsonMapper mapper, List<Event> events) {
        return write(mapper, events.stream().map(EventJson::columns).toList());
    }

    /** The columns of the table, in its order and with its names. */
    public static Map<String, Object> columns(Event event) {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("id", event.id());
        columns.put("at", event.at().toString());
        columns.put("kind", event.kind());
        columns.put("actor", event.actor());
        columns.put("destination", event.destination());
        columns.put("export_id", event.exportId());
        columns.put("file_id", event.fileId());
        columns.put("delivery_id", event.deliveryId());
        columns.put("attempt", event.attempt());
        columns.put("message", event.message());
        columns.put("detail", event.detail() == null ? null : EventLog.fields(event.detail()));
        return columns;
    }

    private static String write(JsonMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}

package org.exportrelay.component;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.spi.Metadata;
import org.exportrelay.ledger.Event;

/** The headers of every exchange that begins at {@code export-events:}. None is a secret. */
public final class EventHeaders {

    @Metadata(description = "How many events the body has: 1 without digest", javaType = "Integer")
    public static final String COUNT = "ExportEventCount";

    @Metadata(
            description = "The event's id, stable over retries: the key to recognize a repeated event; not with digest",
            javaType = "Long")
    public static final String ID = "ExportEventId";

    @Metadata(description = "The event's kind, such as destination-down; not with digest", javaType = "String")
    public static final String KIND = "ExportEventKind";

    @Metadata(description = "When it happened, ISO 8601 in UTC; not with digest", javaType = "String")
    public static final String AT = "ExportEventAt";

    @Metadata(
            description = "The destination's name; absent if the event concerns none; not with digest",
            javaType = "String")
    public static final String DESTINATION = ExportHeaders.DESTINATION;

    @Metadata(
            description = "The API's id of the export; absent if the event concerns none; not with digest",
            javaType = "String")
    public static final String EXPORT_ID = ExportHeaders.ID;

    @Metadata(
            description = "The delivery's id; absent if the event concerns none; not with digest",
            javaType = "String")
    public static final String DELIVERY_ID = ExportHeaders.DELIVERY_ID;

    private EventHeaders() {}

    static Map<String, Object> of(Event event) {
        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put(COUNT, 1);
        headers.put(ID, event.id());
        headers.put(KIND, event.kind());
        headers.put(AT, ExportHeaders.text(event.at()));
        headers.put(DESTINATION, event.destination());
        headers.put(EXPORT_ID, event.exportId());
        headers.put(DELIVERY_ID, event.deliveryId());
        headers.values().removeIf(value -> value == null);
        return headers;
    }

    static Map<String, Object> of(List<Event> events) {
        return new LinkedHashMap<>(Map.of(COUNT, events.size()));
    }
}

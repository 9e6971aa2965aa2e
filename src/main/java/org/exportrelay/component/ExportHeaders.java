package org.exportrelay.component;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Metadata;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.ExportFile;

/** The headers of every exchange that begins at {@code exports:}. None is a secret. */
public final class ExportHeaders {

    @Metadata(description = "The API's id of the export", javaType = "String")
    public static final String ID = "ExportId";

    @Metadata(description = "The export's name, such as properties_export; absent if it has none", javaType = "String")
    public static final String NAME = "ExportName";

    @Metadata(description = "The file's name, made safe; two exports of a day may share it", javaType = "String")
    public static final String FILE = "ExportFile";

    @Metadata(description = "Bytes of the file as it is delivered; absent if the API does not say", javaType = "Long")
    public static final String SIZE = "ExportSize";

    @Metadata(description = "Records over all files of the export; absent if the API does not say", javaType = "Long")
    public static final String RECORD_COUNT = "ExportRecordCount";

    @Metadata(
            description =
                    "SHA-256 of the file as it is delivered in lower-case hex; with payload=records, of the verified file; not with payload=link",
            javaType = "String")
    public static final String SHA256 = "ExportSha256";

    @Metadata(description = "When the export was created, ISO 8601 in UTC", javaType = "String")
    public static final String CREATED_AT = "ExportCreatedAt";

    @Metadata(description = "When the export's download URLs end, ISO 8601 in UTC", javaType = "String")
    public static final String EXPIRES_AT = "ExportExpiresAt";

    @Metadata(description = "The destination's name", javaType = "String")
    public static final String DESTINATION = "ExportDestination";

    @Metadata(
            description =
                    "1 for the first attempt of this delivery; another number for each, also for those that do not count",
            javaType = "Integer")
    public static final String ATTEMPT = "ExportAttempt";

    @Metadata(
            description = "Stable over retries: the consumer's key to recognize a repeated delivery",
            javaType = "String")
    public static final String DELIVERY_ID = "ExportDeliveryId";

    private static final Set<String> NAMES = Set.of(
            ID, NAME, FILE, SIZE, RECORD_COUNT, SHA256, CREATED_AT, EXPIRES_AT, DESTINATION, ATTEMPT, DELIVERY_ID);

    /** The API's own form: always three digits of milliseconds. */
    private static final DateTimeFormatter INSTANT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private ExportHeaders() {}

    static Map<String, Object> of(Delivery delivery, Payload payload) {
        ExportFile file = delivery.file();
        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put(ID, file.exportId());
        headers.put(NAME, file.exportName());
        headers.put(FILE, file.safeName());
        headers.put(SIZE, file.size());
        headers.put(RECORD_COUNT, file.recordCount());
        headers.put(SHA256, payload == Payload.link ? null : file.sha256());
        headers.put(CREATED_AT, text(file.createdAt()));
        headers.put(EXPIRES_AT, text(file.expiresAt()));
        headers.put(DESTINATION, delivery.destination());
        headers.put(ATTEMPT, delivery.claims());
        headers.put(DELIVERY_ID, delivery.deliveryId());
        headers.put(Exchange.FILE_NAME, file.uniqueName());
        headers.put(Exchange.CONTENT_TYPE, payload == Payload.manifest ? "application/json" : null);
        headers.values().removeIf(value -> value == null);
        return headers;
    }

    /** Whether it is one of these, and not one that a route has added. */
    public static boolean has(String name) {
        return NAMES.contains(name);
    }

    public static String text(Instant instant) {
        return instant == null ? null : INSTANT.format(instant);
    }
}

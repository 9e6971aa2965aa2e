package org.exportrelay.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Brings the fields that no delivery needs into their documented form before an answer is read, so
 * that none of them blocks a delivery. A value without a sound form becomes null. Each kind of fault
 * of each field is logged once per process. Thread-safe.
 *
 * <p>{@code export_id}, {@code status} and {@code download_urls[].url} are needed and stay as they are, but for the case
 * of a status and blanks around it.
 */
final class LenientFields {

    private static final Logger LOG = Logger.getLogger(LenientFields.class);

    private static final Form COUNT = new Form("a whole number, 0 or more", FieldForms::count);
    private static final Form TIME = new Form("an ISO 8601 date and time in UTC", FieldForms::time);
    private static final Form TEXT =
            new Form(text(Export.LONGEST_TEXT), value -> FieldForms.text(value, Export.LONGEST_TEXT));

    private static final Map<String, Form> OF_EXPORT = Map.of(
            "status", new Form("one of " + String.join(", ", Export.STATUSES) + " in lower case", FieldForms::status),
            "name", TEXT,
            "progress", new Form("a whole number from 0 to 100", FieldForms::percent),
            "progress_stage", TEXT,
            "record_count", COUNT,
            "file_size", COUNT,
            "created_at", TIME,
            "updated_at", TIME,
            "expires_at", TIME);

    private static final Map<String, Form> OF_FILE = Map.of(
            "filename",
            new Form(text(DownloadUrl.LONGEST_NAME), value -> FieldForms.filename(value, DownloadUrl.LONGEST_NAME)),
            "size",
            COUNT);

    private static final Map<String, Form> OF_PAGINATION =
            Map.of("total", COUNT, "has_more", new Form("true or false", FieldForms::flag));

    /** What a log may quote: numbers, dates and single words, but no URL and no key. */
    private static final Pattern QUOTABLE = Pattern.compile("[-+:.? 0-9A-Za-z]{0,40}");

    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    /** Corrects an entry of the list with its files. */
    void correctExport(ObjectNode export) {
        String subject = "export " + RejectedEntry.exportId(export);
        correct(subject, "", export, OF_EXPORT);
        for (JsonNode file : export.path("download_urls")) {
            if (file instanceof ObjectNode fields) {
                correct(subject, "download_urls[].", fields, OF_FILE);
            }
        }
    }

    /** Corrects the pagination of a page. */
    void correctPagination(ObjectNode pagination) {
        correct("the list of exports", "pagination.", pagination, OF_PAGINATION);
    }

    private void correct(String subject, String path, ObjectNode object, Map<String, Form> forms) {
        forms.forEach((field, form) -> {
            JsonNode value = object.path(field);
            if (value.isMissingNode() || value.isNull()) {
                return;
            }
            JsonNode sound = form.reading().apply(value);
            if (isSame(value, sound)) {
                return;
            }
            object.set(field, sound);
            log(subject, path + field, value, sound, form);
        });
    }

    private static boolean isSame(JsonNode value, JsonNode sound) {
        return sound != null
                && value.getNodeType() == sound.getNodeType()
                && value.asText().equals(sound.asText());
    }

    private void log(String subject, String field, JsonNode value, JsonNode sound, Form form) {
        if (logged.add(field + " " + value.getNodeType() + " " + (sound != null))) {
            LogEvent.API_FIELD_UNEXPECTED
                    .on(LOG)
                    .warnf(
                            "%s: its field %s is %s, not %s; %s (logged once; report it to the vendor)",
                            subject,
                            field,
                            quoted(value),
                            form.documented(),
                            sound == null ? "ignored, since deliveries do not need it" : "read as " + quoted(sound));
        }
    }

    private static String text(int longest) {
        return "a text of at most " + longest + " characters without NUL and unpaired surrogates";
    }

    private static String quoted(JsonNode value) {
        if (value.isValueNode() && QUOTABLE.matcher(value.asText()).matches()) {
            return value.toString();
        }
        if (!value.isTextual()) {
            return "a JSON " + value.getNodeType().name().toLowerCase(Locale.ROOT);
        }
        return "a text of " + value.textValue().length() + " characters"
                + (value.textValue().indexOf('\0') >= 0 ? " with NUL" : "")
                + (StandardCharsets.UTF_8.newEncoder().canEncode(value.textValue())
                        ? ""
                        : " with an unpaired surrogate");
    }

    /**
     * @param documented the form that the API documents
     * @param reading brings a value into it; null if it has no sound form
     */
    private record Form(String documented, UnaryOperator<JsonNode> reading) {}
}

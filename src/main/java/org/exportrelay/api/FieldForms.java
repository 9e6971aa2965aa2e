package org.exportrelay.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The forms in which a field is accepted besides the documented one. Each method returns the field's value
 * in its documented form, or null if it has no sound one. The table in docs/polling.md lists them.
 */
final class FieldForms {

    private static final Pattern DIGITS = Pattern.compile("\\d{1,18}");
    /** From here on a double no longer holds every whole number. */
    private static final double LARGEST_EXACT = 1L << 53;

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
    /** The year 2001 in seconds and in milliseconds since 1970; from there on, a number is a time. */
    private static final long SMALLEST_SECONDS = 1_000_000_000L;

    private static final long SMALLEST_MILLIS = 1_000_000_000_000L;

    private static final Pattern DOCUMENTED_TIME = Pattern.compile("[-\\d]{10}T\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z");
    private static final Pattern BLANK_FOR_T = Pattern.compile("^(\\S{10})\\s+");
    private static final Pattern UTC = Pattern.compile("\\s*(UTC|GMT)$");
    private static final Pattern BLANKS_BEFORE_OFFSET = Pattern.compile("\\s+(?=[-+Z])");
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral('T')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendPattern("[XXX][XX][X]")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    private FieldForms() {}

    /** A documented status, also in another case and between blanks; any other value stays as it is. */
    static JsonNode status(JsonNode value) {
        String status = value.asText().strip().toLowerCase(Locale.ROOT);
        return value.isTextual() && Export.STATUSES.contains(status) ? TextNode.valueOf(status) : value;
    }

    /** A text, a number or a boolean; only its first characters where it is too long. */
    static JsonNode text(JsonNode value, int longest) {
        if (!value.isValueNode()) {
            return null;
        }
        String text = value.asText();
        return TextNode.valueOf(storable(text.substring(0, Math.min(text.length(), longest))));
    }

    /** As {@link #text}, but the last characters, which have the file's type. */
    static JsonNode filename(JsonNode value, int longest) {
        if (!value.isValueNode()) {
            return null;
        }
        String text = value.asText();
        return TextNode.valueOf(storable(text.substring(Math.max(0, text.length() - longest))));
    }

    /** Without NUL and halves of characters, which databases do not have. */
    private static String storable(String text) {
        return new String(text.replace('\0', '_').getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    /** A whole number, 0 or more: also with a fraction of zeros, and as a text. */
    static JsonNode count(JsonNode value) {
        if (value.isIntegralNumber()) {
            return value.canConvertToLong() && value.longValue() >= 0 ? LongNode.valueOf(value.longValue()) : null;
        }
        if (value.isNumber()) {
            double number = value.doubleValue();
            return number == Math.rint(number) ? exact(number) : null;
        }
        String digits = value.isTextual() ? value.textValue().strip().replaceFirst("\\.0+$", "") : "";
        return DIGITS.matcher(digits).matches() ? LongNode.valueOf(Long.parseLong(digits)) : null;
    }

    /** A number from 0 to 100, of which the whole part counts: also as a text. */
    static JsonNode percent(JsonNode value) {
        String text = value.isTextual() ? value.textValue().strip() : "";
        boolean isNumber = value.isNumber() || text.matches("\\d{1,3}(\\.\\d{1,20})?");
        double number = value.isTextual() && isNumber ? Double.parseDouble(text) : value.doubleValue();
        return isNumber && number <= 100 ? exact(Math.floor(number)) : null;
    }

    private static JsonNode exact(double number) {
        return number >= 0 && number <= LARGEST_EXACT ? LongNode.valueOf((long) number) : null;
    }

    /** True or false: also as a text or as 1 and 0. */
    static JsonNode flag(JsonNode value) {
        return switch (value.asText().strip().toLowerCase(Locale.ROOT)) {
            case "true", "1" -> BooleanNode.TRUE;
            case "false", "0" -> BooleanNode.FALSE;
            default -> null;
        };
    }

    /**
     * A date and time of the years 1970 to 9999: also with a blank instead of the T, in lower case, with
     * another offset, without one (then UTC), without seconds, or as seconds or milliseconds since 1970.
     */
    static JsonNode time(JsonNode value) {
        boolean isDocumented =
                value.isTextual() && DOCUMENTED_TIME.matcher(value.textValue()).matches();
        Instant time = isDocumented ? parsed(value.textValue()) : lenient(value);
        if (time == null || time.isBefore(Instant.EPOCH) || time.isAfter(LATEST)) {
            return null;
        }
        return isDocumented ? value : TextNode.valueOf(time.toString());
    }

    private static Instant lenient(JsonNode value) {
        if (!value.isTextual()) {
            return sinceEpoch(value);
        }
        String text = value.textValue().strip().toUpperCase(Locale.ROOT);
        text = BLANK_FOR_T.matcher(text).replaceFirst("$1T");
        text = UTC.matcher(text).replaceFirst("Z");
        return parsed(BLANKS_BEFORE_OFFSET.matcher(text).replaceFirst(""));
    }

    private static Instant sinceEpoch(JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < SMALLEST_SECONDS) {
            return null;
        }
        long number = value.longValue();
        return number < SMALLEST_MILLIS ? Instant.ofEpochSecond(number) : Instant.ofEpochMilli(number);
    }

    private static Instant parsed(String iso) {
        try {
            TemporalAccessor time = TIME.parseBest(iso, OffsetDateTime::from, LocalDateTime::from);
            return time instanceof OffsetDateTime withOffset
                    ? withOffset.toInstant()
                    : ((LocalDateTime) time).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException notADate) {
            return null;
        }
    }
}

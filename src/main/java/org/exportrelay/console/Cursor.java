package org.exportrelay.console;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.Status;

/**
 * Where the next page of a list begins, as a text that clients pass back. It only names a place in a list that the client may
 * read anyway; one that was changed is refused, or names another place.
 */
final class Cursor {

    private static final Pattern EXPORT = Pattern.compile("x:(\\d{1,18})");
    private static final Pattern DELIVERY = Pattern.compile("d:(\\d{1,18}):([^\\p{Cntrl}]{0,200})");
    private static final Pattern EVENT = Pattern.compile("e:(\\d{1,18}):(\\d{4}-\\d\\d-\\d\\dT[0-9:.]{5,18}Z)");

    private Cursor() {}

    static String ofExport(long file) {
        return encoded("x:" + file);
    }

    static String ofDelivery(long file, String destination) {
        return encoded("d:" + file + ":" + destination);
    }

    static String ofEvent(Instant at, long id) {
        return encoded("e:" + id + ":" + at);
    }

    static long export(String cursor) {
        return Long.parseLong(decoded(cursor, EXPORT).group(1));
    }

    static Status.Position delivery(String cursor) {
        Matcher parts = decoded(cursor, DELIVERY);
        return new Status.Position(Long.parseLong(parts.group(1)), parts.group(2));
    }

    static Events.Position event(String cursor) {
        Matcher parts = decoded(cursor, EVENT);
        try {
            return new Events.Position(Instant.parse(parts.group(2)), Long.parseLong(parts.group(1)));
        } catch (DateTimeParseException e) {
            throw malformed();
        }
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Matcher decoded(String cursor, Pattern pattern) {
        try {
            Matcher parts = pattern.matcher(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8));
            if (parts.matches()) {
                return parts;
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw malformed();
    }

    private static ProblemException malformed() {
        return Parameters.wrong("the parameter cursor is not one of this list; pass the value of 'next' back unchanged,"
                + " or begin without it");
    }
}

package org.exportrelay.sandbox;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A column's possible values, quoted and encoded once, so that generating a file only copies bytes. */
final class SampleValues {

    static final SampleValues STREETS = insideQuotes(
            "Maple Ave",
            "Oak St",
            "Elm St",
            "2nd St",
            "Riverside Dr, Unit B",
            "Świętokrzyska",
            "O'Connell Blvd",
            "County Road 12",
            "Calle Núñez",
            "Sunset \"Old\" Rd");
    static final SampleValues CITIES = of(
            "Columbus",
            "Austin",
            "Phoenix",
            "Tampa",
            "St. Louis",
            "Coeur d'Alene",
            "Washington, D.C.",
            "Cañon City",
            "Boise",
            "Memphis");
    static final SampleValues STATES = of("OH", "TX", "AZ", "FL", "MO", "ID", "CO", "TN");
    static final SampleValues OWNERS = of(
            "Jane Miller",
            "Smith, John",
            "Zażółć Gęślą",
            "Παπαδόπουλος Γιώργος",
            "山田 太郎",
            "Miller Family Trust, dated 04/12/1999",
            "Robert \"Bob\" Young",
            "",
            "ACME LLC",
            "Łucja Wójcik",
            "José García",
            "Anne-Marie O'Neil");
    static final SampleValues FIRST_NAMES =
            of("Jane", "John", "Łucja", "Γιώργος", "太郎", "José", "Anne-Marie", "Bob \"Bo\"", "Zoë", "Mary");
    static final SampleValues LAST_NAMES =
            of("Miller", "Wójcik", "Παπαδόπουλος", "山田", "García", "O'Neil", "Young, Jr.", "Smith", "Żółć", "Lee");
    static final SampleValues TAGS =
            of("", "", "absentee", "absentee,high equity", "vacant", "call back", "🏠,priority");
    static final SampleValues NOTES = of(
            "",
            "",
            "",
            "",
            "",
            "",
            "Called twice, no answer",
            "Says \"maybe in spring\"",
            "Left a card.\nNobody home.",
            "Gate code 4411\r\nBeware of the dog",
            "Rozmowa po polsku: zażółć gęślą jaźń",
            "Να καλέσω ξανά, μετά τις 5",
            "また来週電話する",
            "Wants to sell 🏡👍",
            "First line,\r\nsecond \"quoted\" line,\n\nfourth line");

    private final byte[][] encoded;

    private SampleValues(byte[][] encoded) {
        this.encoded = encoded;
    }

    private static SampleValues of(String... values) {
        return encoded(SampleValues::quote, values);
    }

    /** For columns that consist of several values; the writer adds the quotes around them. */
    private static SampleValues insideQuotes(String... values) {
        return encoded(SampleValues::escape, values);
    }

    private static SampleValues encoded(UnaryOperator<String> rule, String... values) {
        return new SampleValues(Stream.of(values)
                .map(value -> rule.apply(value).getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    byte[] any(SplittableRandom random) {
        return encoded[random.nextInt(encoded.length)];
    }

    /** RFC 4180: quotes only where a comma, a quote or a line break needs them. */
    private static String quote(String value) {
        if (value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')) {
            return value;
        }
        return '"' + escape(value) + '"';
    }

    private static String escape(String value) {
        return value.replace("\"", "\"\"");
    }
}

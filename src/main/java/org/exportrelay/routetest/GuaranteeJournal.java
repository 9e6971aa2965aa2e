package org.exportrelay.routetest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What happens in rounds of a test of the guarantees, in a file to which their processes append. What is written outlives
 * the process. Thread-safe.
 *
 * @param file need not exist
 */
public record GuaranteeJournal(Path file) {

    /** What an entry is about. */
    enum Kind {
        /** An endpoint has accepted a message completely. */
        ACCEPTED,
        /** Readers could see a part of a file; the text says how to prevent it. */
        HALF,
        /** An endpoint has refused a message, or did not acknowledge it. */
        FAULT,
        /** A step was seen to do what it should not; the text says which and how to correct it. */
        FINDING,
        /** A step that can lose messages; the text says how to correct it. */
        LOSES,
        /** A step that can repeat messages; the text says how to correct it. */
        REPEATS,
        /** What the ledger says of a delivery. */
        OUTCOME
    }

    /** What it means if a message is accepted again. */
    enum Again {
        /** It takes the place of the first one. */
        REPLACES("replaced the first one"),
        /** The endpoint recognizes it by the receipt of the first one. */
        DROPPED("recognized by the receipt"),
        /** Receivers can recognize it. */
        RECOGNIZABLE("recognizable by ExportDeliveryId"),
        /** It is in the file twice. */
        ADDED("added to the file"),
        /** Receivers cannot recognize it. */
        UNKNOWN("not recognizable");

        private final String text;

        Again(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }

        boolean isHarmless() {
            return this == REPLACES || this == DROPPED;
        }
    }

    /**
     * A line.
     *
     * @param delivery the id of the delivery; empty if none is concerned
     * @param endpoint its URI; of an outcome, the destination
     * @param part the name of a file, the index of a part, or empty; of an outcome, the file
     * @param note of a message, the {@link Again}; of an outcome, the state
     * @param numbered of a part, the headers that have its number, separated by spaces; otherwise empty
     * @param text a finding, where the message was sent, or the last error
     */
    record Entry(Kind kind, String delivery, String endpoint, String part, String note, String numbered, String text) {

        static Entry of(Kind kind, String text) {
            return new Entry(kind, "", "", "", "", "", text);
        }

        Set<String> numberedHeaders() {
            return numbered.isEmpty() ? Set.of() : Set.copyOf(List.of(numbered.split(" ")));
        }

        private String line() {
            return Stream.of(kind.name(), delivery, endpoint, part, note, numbered, text)
                            .map(field -> String.valueOf(field).replaceAll("[\t\r\n]", " "))
                            .reduce((line, field) -> line + "\t" + field)
                            .orElseThrow()
                    + "\n";
        }

        private static Entry parse(String line) {
            String[] fields = line.split("\t", -1);
            return new Entry(Kind.valueOf(fields[0]), fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
        }
    }

    /** In one write, of which a kill leaves all or nothing. */
    void append(Entry entry) {
        try {
            Files.writeString(file, entry.line(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In their order. */
    List<Entry> entries() {
        if (!Files.exists(file)) {
            // Nothing was sent.
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(Entry::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.exportrelay.console;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a user may do. */
public enum Role {
    /** See everything, change nothing. */
    VIEWER,
    /** Also pause, resume, retry, retire and replay. */
    OPERATOR;

    /** As the file of users has it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what {@link #text} wrote; empty for any other text. */
    public static Optional<Role> of(String text) {
        return Stream.of(values()).filter(role -> role.text().equals(text)).findFirst();
    }

    boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}

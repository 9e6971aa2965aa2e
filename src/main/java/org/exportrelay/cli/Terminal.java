package org.exportrelay.cli;

import java.io.Console;
import java.util.function.UnaryOperator;

/** The terminal of this process, if it has one. */
final class Terminal {

    private Terminal() {}

    /** Asks a question and returns the answer; null without a terminal. */
    static UnaryOperator<String> ask() {
        Console console = System.console();
        return console == null ? null : question -> console.readLine("%s", question);
    }
}

package org.exportrelay.console;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Texts of clients. */
final class Texts {

    private static final int SHOWN = 200;

    private Texts() {}

    /**
     * Refuses what no value can be: a database may refuse it with an error of its own.
     *
     * @param name in the message
     */
    static void check(String name, String text, int longest) {
        if (text.length() > longest) {
            throw Parameters.wrong(name + " has " + text.length() + " characters; write at most " + longest);
        }
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r')) {
            throw Parameters.wrong(name + " has a control character; remove it");
        }
    }

    /** A text of a client in a message. */
    static String shortened(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    /** As a segment of the path of a URL. */
    static String path(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}

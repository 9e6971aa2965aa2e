package org.exportrelay.routes;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.config.Secrets;

/**
 * A route file as it may be shown to people who may not know its secrets. Routes name secrets by placeholders; a literal one
 * is left out wherever YAML allows it: plain, quoted, in a block, in a flow or in a URI.
 */
final class MaskedRoute {

    private static final String HIDDEN = "…";
    private static final String SECRET_NAME =
            "[\\w.-]*(?:password|passphrase|secret|token|credentials?|(?:api|access|account|private)[._-]?key|jaas[._-]?config"
                    + "|authorization)[\\w.-]*";
    /** The line of a key, its indent, and its value. */
    private static final Pattern SECRET = Pattern.compile(
            "(?<key>(?<indent>\\s*)(?:-\\s+)*[\"']?" + SECRET_NAME + "[\"']?\\s*:)(?<value>\\s.*|)",
            Pattern.CASE_INSENSITIVE);
    /** A placeholder as a whole, which names a setting. */
    private static final Pattern PLACEHOLDER = Pattern.compile("\\s+[\"']?\\{\\{[\\w.?!:-]+}}[\"']?\\s*(?:#.*)?");

    private static final Pattern QUOTED = Pattern.compile(
            "(" + SECRET_NAME + "[\"']?\\s*[:=]\\s*)(?:\"(?!\\{\\{)[^\"\\r\\n]*\"|'(?!\\{\\{)[^'\\r\\n]*')",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern USER_INFO = Pattern.compile(
            "((?:://|\\b(?:s?ftps?|smtps?|imaps?|scp):)[^\\s/:@\"'<>]+:)[^\\s/@\"'<>]+(?=@)", Pattern.CASE_INSENSITIVE);

    private MaskedRoute() {}

    static String of(String yaml) {
        StringBuilder masked = new StringBuilder();
        int hiddenIndent = -1;
        for (String line : yaml.split("\\R", -1)) {
            if (hiddenIndent >= 0 && (line.isBlank() || indent(line) > hiddenIndent)) {
                continue;
            }
            Matcher secret = SECRET.matcher(line);
            boolean isSecret = secret.matches()
                    && !PLACEHOLDER.matcher(secret.group("value")).matches();
            hiddenIndent = isSecret ? indent(line) : -1;
            masked.append(isSecret ? secret.group("key") + " " + HIDDEN : line).append('\n');
        }
        masked.setLength(masked.length() - 1);
        String text = QUOTED.matcher(masked).replaceAll("$1" + HIDDEN);
        return Secrets.masked(USER_INFO.matcher(text).replaceAll("$1" + HIDDEN));
    }

    private static int indent(String line) {
        return line.length() - line.stripLeading().length();
    }
}

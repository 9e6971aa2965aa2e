package org.exportrelay.config;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of texts that others wrote: API keys, the query of any URL, which may be its
 * credential, values given under the name of a password, and the secrets that were registered. The
 * last line of defence; nothing of the relay's own may rely on it. Thread-safe.
 */
public final class Secrets {

    private static final String HIDDEN = "…";
    /** What is shorter would blank out ordinary words. */
    private static final int SHORTEST = 6;

    /** Also the tokens of an OpenID Connect provider. */
    private static final Pattern KEY = Pattern.compile("dm_(?:sk|at)_live_\\w+|\\beyJ[\\w-]{10,}\\.[\\w-]+\\.[\\w-]*");
    /** Also where the URL is part of another text that escapes its slashes or question mark. */
    private static final Pattern QUERY =
            Pattern.compile("(https?:(?:\\\\?/){2}[^\\s?\"'<>]*)\\?[^\\s\"'<>]+", Pattern.CASE_INSENSITIVE);

    private static final Pattern SIGNED =
            Pattern.compile("(X-(?:Goog|Amz)-[A-Za-z-]+)(?:=|%3D)[^&\\s\"'<>]+", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAMED = Pattern.compile(
            "(\\b\\w*(?:password|passphrase|secret|token)\\w*\\s*[=:]\\s*)(?:RAW\\([^)]*\\)|RAW\\{[^}]*}|[^\\s&,;\"')\\]}]+)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern HEADER =
            Pattern.compile("(Authorization\\W{1,4}(?:Bearer|Basic) )\\S+", Pattern.CASE_INSENSITIVE);

    private static final Pattern NAME = Pattern.compile(
            "(password|passphrase|secret|secret[._-]value|token|credentials?|(api|access|secret|private)[._-]key|jaas[._-]config)$",
            Pattern.CASE_INSENSITIVE);

    private static final Set<String> KNOWN = ConcurrentHashMap.newKeySet();

    private Secrets() {}

    /** From now on this value is taken out of every text; too short a one is not. */
    public static void register(String secret) {
        if (secret.length() >= SHORTEST) {
            KNOWN.add(secret);
        }
    }

    /** Whether a setting of this name, or an environment variable, has a secret as its value. */
    public static boolean isSecretName(String name) {
        return NAME.matcher(name).find();
    }

    /** The text without what is secret in it; the same instance if there is nothing. */
    public static String masked(String text) {
        String masked = text;
        for (String secret : KNOWN) {
            masked = masked.replace(secret, HIDDEN);
        }
        masked = replace(KEY, masked, HIDDEN);
        masked = replace(QUERY, masked, "$1?" + HIDDEN);
        masked = replace(SIGNED, masked, "$1=" + HIDDEN);
        masked = replace(NAMED, masked, "$1" + HIDDEN);
        masked = replace(HEADER, masked, "$1" + HIDDEN);
        return masked.equals(text) ? text : masked;
    }

    private static String replace(Pattern pattern, String text, String replacement) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.replaceAll(replacement) : text;
    }
}

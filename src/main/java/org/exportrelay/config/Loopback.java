package org.exportrelay.config;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/** The rule on schemes: https everywhere, http only to this machine. */
public final class Loopback {

    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[?(0{0,4}:){2,7}0{0,3}1]?", Pattern.CASE_INSENSITIVE);

    private Loopback() {}

    /** Whether the URL is https, or http to a loopback address written as one. */
    public static boolean isSafe(URI url) {
        if (url.getScheme() == null || url.getHost() == null) {
            return false;
        }
        return switch (url.getScheme().toLowerCase(Locale.ROOT)) {
            case "https" -> true;
            case "http" -> isLoopback(url.getHost());
            default -> false;
        };
    }

    /** Whether the host is a loopback address written as such; one of IPv6 with or without brackets. */
    static boolean isLoopback(String host) {
        return LOOPBACK.matcher(host).matches();
    }
}

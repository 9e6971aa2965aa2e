package org.exportrelay.destinations.sftp;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A line of a known_hosts file: {@code names algorithm key [comment]}. Lines with a marker such as
 * {@code @revoked}, comments and what cannot be understood name nobody.
 *
 * @param text as it is in the file
 */
record KnownHostsLine(String text) {

    private static final String HASHED = "|1|";

    boolean names(String host) {
        return names().stream().anyMatch(name -> isSame(name, host));
    }

    Optional<ServerKey> key() {
        String[] fields = fields();
        return names().isEmpty() ? Optional.empty() : Optional.of(new ServerKey(fields[1], fields[2]));
    }

    /** The line as it is once it no longer names the host; empty if it then names nobody. */
    Optional<String> without(String host) {
        if (!names(host)) {
            return Optional.of(text);
        }
        String others = names().stream().filter(name -> !isSame(name, host)).collect(Collectors.joining(","));
        return others.isEmpty()
                ? Optional.empty()
                : Optional.of(others + text.strip().substring(fields()[0].length()));
    }

    private List<String> names() {
        String[] fields = fields();
        boolean hasKey = fields.length >= 3 && !fields[0].startsWith("#") && !fields[0].startsWith("@");
        return hasKey ? Stream.of(fields[0].split(",")).toList() : List.of();
    }

    private String[] fields() {
        return text.strip().split("\\s+");
    }

    private static boolean isSame(String name, String host) {
        return name.startsWith(HASHED) ? isHashOf(name, host) : name.equalsIgnoreCase(host);
    }

    /** {@code |1|salt|hash}: HMAC-SHA1 of the host under the salt, both in Base64. */
    private static boolean isHashOf(String name, String host) {
        String[] parts = name.substring(HASHED.length()).split("\\|");
        if (parts.length != 2) {
            return false;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(parts[0]), "HmacSHA1"));
            return MessageDigest.isEqual(
                    mac.doFinal(host.getBytes(StandardCharsets.UTF_8)),
                    Base64.getDecoder().decode(parts[1]));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }
}

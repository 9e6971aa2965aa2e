package org.exportrelay.console;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks names and passwords (HTTP Basic). A check takes a quarter of a second of a core, so what was right is remembered
 * for some minutes, as a keyed digest, and few checks run beside each other. Thread-safe; blocks.
 */
final class Logins {

    private static final String SCHEME = "Basic ";
    private static final Duration REMEMBERED = Duration.ofMinutes(5);
    private static final int MOST_REMEMBERED = 1_000;
    private static final int PARALLEL = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String UNKNOWN = "an unknown user";

    private final UsersFile file;
    private final FailedLogins failures;
    private final Clock clock;
    private final SecretKeySpec key = new SecretKeySpec(random(), "HmacSHA256");
    /** Takes as long for an unknown name as for a known one. */
    private final UserEntry nobody = UserEntry.parse("nobody:viewer:$2b$12$" + ".".repeat(53));

    private final Semaphore checks = new Semaphore(PARALLEL);
    private final Map<String, Remembered> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    Logins(UsersFile file, FailedLogins failures, Clock clock) {
        this.file = file;
        this.failures = failures;
        this.clock = clock;
    }

    /**
     * The user of a request.
     *
     * @param authorization the header; null if there is none
     * @param address of the client
     * @throws ProblemException if it has no login, a wrong one, or too many wrong ones before
     */
    User user(String authorization, String address) {
        Credentials credentials = credentials(authorization)
                .orElseThrow(() -> loginNeeded("log in").exception());
        Map<String, UserEntry> users = file.users();
        UserEntry entry = users.get(credentials.name());
        String digest = digest(credentials, entry);
        if (entry != null && isRemembered(digest)) {
            return entry.user();
        }
        Duration wait = failures.waitOf(address);
        if (!wait.isZero()) {
            throw new Problem(
                            429,
                            "logins from " + address + " have failed; wait " + (wait.toSeconds() + 1)
                                    + " s before the next one",
                            Map.of("Retry-After", Long.toString(wait.toSeconds() + 1)))
                    .exception();
        }
        if (!accepts(entry == null ? nobody : entry, credentials.password()) || entry == null) {
            failures.failed(address, entry == null ? UNKNOWN : entry.user().name());
            throw loginNeeded("the name or the password is wrong").exception();
        }
        failures.succeeded(address);
        remember(digest);
        return entry.user();
    }

    private boolean accepts(UserEntry entry, String password) {
        try {
            if (!checks.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Problem(503, "too many logins at the same time; try again", Map.of("Retry-After", "5"))
                        .exception();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(503, "the relay stops").exception();
        }
        try {
            return entry.accepts(password);
        } finally {
            checks.release();
        }
    }

    private static Problem loginNeeded(String reason) {
        return new Problem(
                401,
                reason + " with a name and a password of relay.console.users-file (HTTP Basic)",
                Map.of("WWW-Authenticate", "Basic realm=\"Export Relay\", charset=\"UTF-8\""));
    }

    private static Optional<Credentials> credentials(String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        try {
            String text = new String(
                    Base64.getDecoder()
                            .decode(authorization.substring(SCHEME.length()).strip()),
                    StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : Optional.of(new Credentials(text.substring(0, colon), text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** With the hash, so that a password that was changed in the file is not remembered. */
    private String digest(Credentials credentials, UserEntry entry) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            mac.update(((entry == null ? "" : entry.hash()) + ":" + credentials.name() + ":")
                    .getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder()
                    .encodeToString(mac.doFinal(credentials.password().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized boolean isRemembered(String digest) {
        Remembered login = remembered.get(digest);
        return login != null && login.until().isAfter(clock.instant());
    }

    private synchronized void remember(String digest) {
        remembered.put(digest, new Remembered(clock.instant().plus(REMEMBERED)));
    }

    private static byte[] random() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private record Credentials(String name, String password) {}

    private record Remembered(Instant until) {}
}

package org.exportrelay.console;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Logins that were right, each for the address that it came from, for some minutes after its last use. Passwords are kept as
 * keyed digests. Thread-safe.
 */
final class RememberedLogins {

    private static final Duration UNUSED = Duration.ofMinutes(5);
    private static final int MOST = 1_000;
    /** Then the login is forgotten: clients that share its address must not find the password by guessing. */
    private static final int MOST_GUESSES = 10;

    private final Clock clock;
    private final SecretKeySpec key;
    private final Map<Client, Login> logins = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Client, Login> eldest) {
            return size() > MOST;
        }
    };

    RememberedLogins(Clock clock) {
        this.clock = clock;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, "HmacSHA256");
    }

    /** Whether a user has logged in from an address with this password. A use extends the login. */
    synchronized boolean accepts(String address, UserEntry entry, String password) {
        Client client = new Client(address, entry.user().name());
        Login login = logins.get(client);
        if (!isValid(login) || !MessageDigest.isEqual(login.digest(), digest(entry, password))) {
            return false;
        }
        logins.put(client, new Login(login.digest(), clock.instant().plus(UNUSED), login.guesses()));
        return true;
    }

    /**
     * A password was not accepted.
     *
     * @return whether the user has logged in from this address, so that it was a guess
     */
    synchronized boolean countGuess(String address, UserEntry entry) {
        Client client = new Client(address, entry.user().name());
        Login login = logins.get(client);
        if (!isValid(login)) {
            return false;
        }
        if (login.guesses() + 1 >= MOST_GUESSES) {
            logins.remove(client);
        } else {
            logins.put(client, new Login(login.digest(), login.until(), login.guesses() + 1));
        }
        return true;
    }

    synchronized void add(String address, UserEntry entry, String password) {
        logins.put(
                new Client(address, entry.user().name()),
                new Login(digest(entry, password), clock.instant().plus(UNUSED), 0));
    }

    private boolean isValid(Login login) {
        return login != null && login.until().isAfter(clock.instant());
    }

    /** With the hash, so that a password that was changed in the file is not accepted. */
    private byte[] digest(UserEntry entry, String password) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            return mac.doFinal((entry.hash() + ":" + password).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Client(String address, String user) {}

    private record Login(byte[] digest, Instant until, int guesses) {}
}

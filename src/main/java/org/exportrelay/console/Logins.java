package org.exportrelay.console;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * Checks names and passwords (HTTP Basic). A check takes a quarter of a second of a core, so a right login is remembered for its
 * address, and few checks run at the same time. Thread-safe; blocks.
 */
final class Logins {

    private static final String UNKNOWN = "an unknown user";

    private final UsersFile file;
    private final FailedLogins failures;
    private final RememberedLogins remembered;
    private final LoginQueue queue = new LoginQueue();
    /** Takes as long for an unknown name as for a known one. */
    private final UserEntry nobody = UserEntry.parse("nobody:viewer:$2b$12$" + ".".repeat(53));

    Logins(UsersFile file, FailedLogins failures, Clock clock) {
        this.file = file;
        this.failures = failures;
        this.remembered = new RememberedLogins(clock);
    }

    /**
     * The user of a request, with the line of the file.
     *
     * @param authorization the header; null if there is none
     * @param address of the client
     * @throws ProblemException if it has no login, a wrong one, or too many wrong ones before
     */
    UserEntry entry(String authorization, String address) {
        Credentials credentials = Credentials.of(authorization)
                .orElseThrow(() -> loginNeeded("log in").exception());
        UserEntry entry = file.users().get(credentials.name());
        String password = credentials.password();
        if (isRemembered(address, entry, password)) {
            return entry;
        }
        return queue.run(() -> {
            // Meanwhile another request of this client may have logged in, or failed.
            if (!isRemembered(address, entry, password)) {
                check(address, entry, password);
            }
            return entry;
        });
    }

    /**
     * Whether no check is needed. While an address has to wait, only the logins that were right before from the same address
     * are compared, and a wrong password for one of these counts as a failure.
     *
     * @param entry null if the name is unknown
     * @throws ProblemException if the address has to wait
     */
    private boolean isRemembered(String address, UserEntry entry, String password) {
        if (entry != null && remembered.accepts(address, entry, password)) {
            return true;
        }
        Duration wait = failures.waitOf(address);
        if (wait.isZero()) {
            return false;
        }
        if (entry != null && remembered.countGuess(address, entry)) {
            failures.failed(address, entry.user().name());
            wait = failures.waitOf(address);
        }
        String seconds = Long.toString(wait.toSeconds() + 1);
        throw new Problem(
                        429,
                        "logins from " + address + " have failed; wait " + seconds + " s before the next one",
                        Map.of("Retry-After", seconds))
                .exception();
    }

    private void check(String address, UserEntry entry, String password) {
        if (!(entry == null ? nobody : entry).accepts(password) || entry == null) {
            failures.failed(address, entry == null ? UNKNOWN : entry.user().name());
            throw loginNeeded("the name or the password is wrong").exception();
        }
        failures.succeeded(address);
        remembered.add(address, entry, password);
    }

    private static Problem loginNeeded(String reason) {
        return new Problem(
                401,
                reason + " with a name and a password of relay.console.users-file (HTTP Basic)",
                Map.of("WWW-Authenticate", "Basic realm=\"Export Relay\", charset=\"UTF-8\""));
    }
}

package org.exportrelay.console;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Slows down clients that guess passwords: after each failed login, an address waits twice as long for its next one. An IPv6
 * client has all addresses of a network (/64), so these wait together. Each failure is logged and recorded as an event, but not
 * more than a few a minute. Thread-safe.
 */
final class FailedLogins {

    private static final Logger LOG = Logger.getLogger(FailedLogins.class);
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    /** Without another failure, an address is forgotten after this time. */
    private static final Duration REMEMBERED = Duration.ofMinutes(15);

    private static final int MOST_ADDRESSES = 1_000;
    /** From very many addresses, so that the ledger is not filled. */
    private static final int MOST_EVENTS_A_MINUTE = 20;

    private final EventLog events;
    private final Clock clock;
    private final Map<String, Failures> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };
    private Instant minute = Instant.EPOCH;
    private int recorded;
    private int unrecorded;

    FailedLogins(EventLog events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    /** How long an address has to wait for its next login; zero if it does not. */
    synchronized Duration waitOf(String address) {
        Failures failures = addresses.get(network(address));
        Instant now = clock.instant();
        return failures == null || !failures.until().isAfter(now)
                ? Duration.ZERO
                : Duration.between(now, failures.until());
    }

    /** A user of this address has logged in. */
    synchronized void succeeded(String address) {
        addresses.remove(network(address));
    }

    /**
     * A login has failed.
     *
     * @param user a name in the file of users, or that it is unknown: what was sent may be a password
     */
    void failed(String address, String user) {
        failed(address, user, "");
    }

    /**
     * As {@link #failed(String, String)}.
     *
     * @param reason in one line; empty if it is known
     */
    void failed(String address, String user, String reason) {
        String network = network(address);
        int number;
        int others;
        synchronized (this) {
            Instant now = clock.instant();
            Failures before = addresses.get(network);
            number = before == null || before.until().plus(REMEMBERED).isBefore(now) ? 1 : before.number() + 1;
            Duration pause = SHORTEST.multipliedBy(1L << Math.min(number - 1, 10));
            addresses.put(network, new Failures(number, now.plus(pause.compareTo(LONGEST) > 0 ? LONGEST : pause)));
            if (now.isAfter(minute.plus(Duration.ofMinutes(1)))) {
                minute = now;
                recorded = 0;
            }
            if (recorded >= MOST_EVENTS_A_MINUTE) {
                unrecorded++;
                return;
            }
            recorded++;
            others = unrecorded;
            unrecorded = 0;
        }
        String message = "login of " + user + " from " + address + " failed (" + number + " in a row)"
                + (reason.isEmpty() ? "" : ": " + reason)
                + (others == 0 ? "" : "; " + others + " other failed logins are not recorded");
        LogEvent.CONSOLE_LOGIN_FAILED.on(LOG).warnf("console: %s", message);
        try {
            events.append(EventKind.LOGIN_FAILED, message, Map.of("address", address, "user", user, "number", number));
        } catch (RuntimeException e) {
            LOG.debug("a failed login could not be recorded", e);
        }
    }

    /** A zone, as in {@code fe80::1%eth0}, is of this machine. The client's connection has an address, so no name is resolved. */
    private static String network(String address) {
        try {
            InetAddress parsed = InetAddress.getByName(address.replaceFirst("%.*", ""));
            return parsed instanceof Inet6Address
                    ? HexFormat.of().formatHex(parsed.getAddress(), 0, 8)
                    : parsed.getHostAddress();
        } catch (UnknownHostException e) {
            return address;
        }
    }

    private record Failures(int number, Instant until) {}
}

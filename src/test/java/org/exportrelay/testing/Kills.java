package org.exportrelay.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.exportrelay.testing.RelayChild.Running;

/**
 * Starts a relay and kills it by SIGKILL, again and again, each time at a random instant during or just
 * after another part of its work, every part equally often.
 */
public final class Kills {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long PERIOD_MILLIS = 2;

    private final Random random;
    private final Map<Moment, LongSupplier> signs;
    private final Map<Moment, Integer> made = new EnumMap<>(Moment.class);
    private final List<Moment> next = new ArrayList<>();
    private int unseen;

    /** A part of the work, and how long after it was first seen the kill comes at the latest. */
    public enum Moment {
        START(2_500),
        POLL(500),
        DOWNLOAD(500),
        FILE(200),
        SFTP(800),
        /** While a destination is down; never drawn, since it is there only when a test causes it. */
        OUTAGE(1_500),
        RECORDS(800),
        COMMIT(100),
        LINKS(200),
        AFTERWARDS(1_500);

        private final long latestMillis;

        Moment(long latestMillis) {
            this.latestMillis = latestMillis;
        }
    }

    /**
     * @param signs for each moment but the start, a number that grows when it is there
     */
    public Kills(Random random, Map<Moment, LongSupplier> signs) {
        this.random = random;
        this.signs = signs;
    }

    /**
     * Starts {@code run} and kills it.
     *
     * @throws AssertionError if it ended by itself
     */
    public void once(RelayChild relay) throws InterruptedException {
        at(draw(), relay);
    }

    /** Starts {@code run} and kills it at that moment. */
    public void at(Moment moment, RelayChild relay) throws InterruptedException {
        LongSupplier sign = signs.getOrDefault(moment, System::nanoTime);
        long before = sign.getAsLong();
        Running running = relay.start("run");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (sign.getAsLong() <= before && System.nanoTime() < end) {
            pass(running, PERIOD_MILLIS);
        }
        unseen += System.nanoTime() < end ? 0 : 1;
        // Rather early than late: the moment itself may be short.
        pass(running, Math.round(moment.latestMillis * Math.pow(random.nextDouble(), moment == Moment.START ? 1 : 3)));
        running.kill();
        made.merge(moment, 1, Integer::sum);
    }

    private Moment draw() {
        if (next.isEmpty()) {
            next.addAll(EnumSet.complementOf(EnumSet.of(Moment.OUTAGE)));
            Collections.shuffle(next, random);
        }
        return next.remove(0);
    }

    private static void pass(Running running, long millis) throws InterruptedException {
        if (running.process().waitFor(millis, TimeUnit.MILLISECONDS)) {
            throw new AssertionError("it ended by itself: " + running.await());
        }
    }

    /** How many at each moment, and how many of them without having seen it. */
    @Override
    public String toString() {
        return made + (unseen == 0 ? "" : ", " + unseen + " of them unseen");
    }
}

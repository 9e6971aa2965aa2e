package org.exportrelay.runtime;

import java.util.Date;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * A {@link Timer} whose delays and periods follow the monotonic clock. Ends with its executor, and with nothing else: a
 * task that throws, an Error too, runs again after its period. Otherwise the relay would never poll again.
 */
final class SteadyTimer extends Timer {

    private static final Logger LOG = Logger.getLogger(SteadyTimer.class);

    private static final long START_CHECK_MILLIS = 1;

    private final String name;
    private final ScheduledExecutorService executor;
    private final BooleanSupplier isStarting;

    /**
     * @param name for the log
     * @param executor of one thread
     */
    SteadyTimer(String name, ScheduledExecutorService executor) {
        this(name, executor, () -> false);
    }

    /**
     * @param name for the log
     * @param executor of one thread
     * @param isStarting whether its consumer has not started completely: Camel ignores a task that runs earlier, and without
     *     a delay a poll would come only after its period
     */
    SteadyTimer(String name, ScheduledExecutorService executor, BooleanSupplier isStarting) {
        super(true);
        this.name = name;
        // Ends the thread that every timer starts, and that this one does not use.
        super.cancel();
        this.executor = executor;
        this.isStarting = isStarting;
    }

    @Override
    public void schedule(TimerTask task, long delay) {
        executor.schedule(surviving(task), delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, Date time) {
        schedule(task, millisUntil(time));
    }

    @Override
    public void schedule(TimerTask task, long delay, long period) {
        executor.scheduleWithFixedDelay(surviving(task), delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, Date firstTime, long period) {
        schedule(task, millisUntil(firstTime), period);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, long delay, long period) {
        executor.scheduleAtFixedRate(surviving(task), delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, Date firstTime, long period) {
        scheduleAtFixedRate(task, millisUntil(firstTime), period);
    }

    @Override
    public void cancel() {
        executor.shutdownNow();
    }

    /** Logs the first of some failures in a row, in the timer's thread. */
    private Runnable surviving(TimerTask task) {
        AtomicBoolean isFailing = new AtomicBoolean();
        return () -> {
            try {
                awaitStart();
                task.run();
                isFailing.set(false);
            } catch (Throwable e) {
                if (isFailing.compareAndSet(false, true)) {
                    LogEvent.TIMER_FAILED.on(LOG).errorf(e, "%s failed (%s); it runs again after its period", name, e);
                }
            }
        };
    }

    private void awaitStart() throws InterruptedException {
        while (isStarting.getAsBoolean()) {
            Thread.sleep(START_CHECK_MILLIS);
        }
    }

    private static long millisUntil(Date time) {
        return Math.max(0, time.getTime() - System.currentTimeMillis());
    }
}

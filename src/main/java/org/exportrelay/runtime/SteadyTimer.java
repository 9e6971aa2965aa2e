package org.exportrelay.runtime;

import java.util.Date;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A {@link Timer} whose delays and periods follow the monotonic clock. Ends with its executor. */
final class SteadyTimer extends Timer {

    private final ScheduledExecutorService executor;

    SteadyTimer(ScheduledExecutorService executor) {
        super(true);
        // Ends the thread that every timer starts, and that this one does not use.
        super.cancel();
        this.executor = executor;
    }

    @Override
    public void schedule(TimerTask task, long delay) {
        executor.schedule(task, delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, Date time) {
        schedule(task, millisUntil(time));
    }

    @Override
    public void schedule(TimerTask task, long delay, long period) {
        executor.scheduleWithFixedDelay(task, delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, Date firstTime, long period) {
        schedule(task, millisUntil(firstTime), period);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, long delay, long period) {
        executor.scheduleAtFixedRate(task, delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, Date firstTime, long period) {
        scheduleAtFixedRate(task, millisUntil(firstTime), period);
    }

    @Override
    public void cancel() {
        executor.shutdownNow();
    }

    private static long millisUntil(Date time) {
        return Math.max(0, time.getTime() - System.currentTimeMillis());
    }
}

package org.exportrelay.cli;

import java.util.Map;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.exportrelay.ledger.DeliveryState;

/** A bar on a terminal, nothing elsewhere: there the lines of the log tell each delivery. */
final class ProgressDisplay implements AutoCloseable {

    private final boolean terminal;
    private ProgressBar bar;

    private ProgressDisplay(boolean terminal) {
        this.terminal = terminal;
    }

    static ProgressDisplay create() {
        return new ProgressDisplay(System.console() != null);
    }

    /** Shows the deliveries that this run has made of those that it had to make. */
    void show(Map<DeliveryState, Long> before, Supplier<Map<DeliveryState, Long>> latest) {
        if (!terminal) {
            return;
        }
        Map<DeliveryState, Long> now = latest.get();
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("deliveries")
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .build();
        }
        long done = done(now) - done(before);
        bar.maxHint(done + waiting(now));
        bar.stepTo(done);
    }

    private static long done(Map<DeliveryState, Long> states) {
        return sum(states, true);
    }

    private static long waiting(Map<DeliveryState, Long> states) {
        return sum(states, false);
    }

    private static long sum(Map<DeliveryState, Long> states, boolean isFinal) {
        return states.entrySet().stream()
                .filter(entry -> entry.getKey().isFinal() == isFinal)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}

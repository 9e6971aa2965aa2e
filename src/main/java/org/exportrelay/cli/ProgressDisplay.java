package org.exportrelay.cli;

import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal, nothing elsewhere: there the log has a line for each delivery. */
final class ProgressDisplay implements AutoCloseable {

    private final boolean terminal;
    private ProgressBar bar;

    private ProgressDisplay(boolean terminal) {
        this.terminal = terminal;
    }

    static ProgressDisplay create() {
        return new ProgressDisplay(System.console() != null);
    }

    /**
     * Shows how many are done of those that waited when it was first shown.
     *
     * @param waiting counts the deliveries to be made now; asked on a terminal only
     * @param skipped counts the deliveries that this process has skipped; asked on a terminal only
     */
    void show(LongSupplier waiting, LongSupplier skipped) {
        if (!terminal) {
            return;
        }
        long left = waiting.getAsLong();
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("deliveries")
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .setInitialMax(left)
                    .build();
        }
        bar.maxHint(Math.max(left, bar.getMax()));
        bar.stepTo(bar.getMax() - left);
        if (skipped.getAsLong() > 0) {
            bar.setExtraMessage(skipped.getAsLong() + " skipped");
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}

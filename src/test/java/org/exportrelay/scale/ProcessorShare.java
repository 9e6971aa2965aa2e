package org.exportrelay.scale;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.exportrelay.testing.RelayChild.Running;

/** How much processor time a relay needs for the same work again and again. */
final class ProcessorShare {

    private static final int WINDOWS = 4;

    private ProcessorShare() {}

    /**
     * Measures a few times in a row, and prints each. Java compiles what runs often for minutes after the start, which is no
     * cost of the work: the least one counts.
     *
     * @return percent of one core
     */
    static double of(Running running, Duration window) throws InterruptedException {
        double[] shares = new double[WINDOWS];
        for (int i = 0; i < WINDOWS; i++) {
            Duration before = processorTime(running);
            Thread.sleep(window.toMillis());
            shares[i] = 100.0 * processorTime(running).minus(before).toMillis() / window.toMillis();
        }
        System.out.println("Percent of a core, in windows of " + window.toSeconds() + " s: " + Arrays.toString(shares));
        return DoubleStream.of(shares).min().orElseThrow();
    }

    private static Duration processorTime(Running running) {
        return running.process().toHandle().info().totalCpuDuration().orElseThrow();
    }
}

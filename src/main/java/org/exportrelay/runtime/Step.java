package org.exportrelay.runtime;

import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * One thing that is done again and again beside the routes. It never throws: an exception would end its schedule, and
 * one failing step must not keep others from running. A failure is logged once until the step succeeds again.
 */
final class Step implements Runnable {

    private static final Logger LOG = Logger.getLogger(Step.class);

    private final String name;
    private final Runnable work;
    private final LedgerFailures ledger;
    private final StepProgress progress;
    private boolean failing;

    /**
     * @param name such as {@code renew the leases on files}
     * @param work may throw anything
     * @param ledger reports that the ledger cannot be used, which all steps meet together
     * @param progress learns each end, but not that of a statement which the ledger did not answer in time: a ledger
     *     that hangs must look the same as a step that hangs
     */
    Step(String name, Runnable work, LedgerFailures ledger, StepProgress progress) {
        this.name = name;
        this.work = work;
        this.ledger = ledger;
        this.progress = progress;
    }

    /** Used by one thread at a time. */
    @Override
    public void run() {
        try {
            work.run();
            ledger.succeeded(name);
            succeeded();
            progress.ended(name);
        } catch (Throwable e) {
            // An Error too.
            failed(e);
            if (!LedgerDatabase.isTimeout(e)) {
                progress.ended(name);
            }
        }
    }

    private void failed(Throwable e) {
        if (LedgerDatabase.isFault(e)) {
            ledger.failed(name, e);
            return;
        }
        if (!failing) {
            LogEvent.MAINTENANCE_FAILED.on(LOG).errorf(e, "maintenance: cannot %s; retrying until it succeeds", name);
        }
        failing = true;
    }

    private void succeeded() {
        if (failing) {
            LogEvent.MAINTENANCE_RECOVERED.on(LOG).infof("maintenance: can %s again", name);
        }
        failing = false;
    }
}

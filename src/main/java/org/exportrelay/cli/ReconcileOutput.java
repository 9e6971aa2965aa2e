package org.exportrelay.cli;

import org.exportrelay.check.Finding;
import org.exportrelay.check.Tally;

/** How {@code reconcile} prints what it finds: for people, or for programs. */
sealed interface ReconcileOutput permits ReconcileText, ReconcileJson {

    /** A difference. */
    void finding(Finding finding);

    /** The numbers of a destination, after all differences. */
    void tally(Tally tally);

    /**
     * What {@code --replay} did.
     *
     * @param replayed deliveries that are due again
     * @param expired deliveries that cannot be made any more
     */
    void replayed(long replayed, long expired);
}

package org.exportrelay.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.exportrelay.check.Finding;
import org.exportrelay.check.Tally;
import org.exportrelay.config.Counts;

/** A line for each difference, and one for each destination. */
record ReconcileText(PrintWriter out) implements ReconcileOutput {

    @Override
    public void finding(Finding finding) {
        out.println("exports:" + finding.destination() + ": "
                + finding.kind().name().toLowerCase(Locale.ROOT) + ": " + plain(finding.location()) + " "
                + plain(finding.text()));
    }

    @Override
    public void tally(Tally tally) {
        long compared = tally.same() + tally.missing() + tally.different();
        out.println("exports:" + tally.destination() + ": "
                + Counts.text(compared, "delivered file", "delivered files") + " compared, " + tally.missing()
                + " missing, " + tally.different() + " different; " + tally.unknown() + " unknown there"
                + (tally.unchecked() == 0 ? "" : "; " + tally.unchecked() + " not compared, as listed above")
                + (tally.withoutPlace() == 0
                        ? ""
                        : "; " + Counts.text(tally.withoutPlace(), "delivery has", "deliveries have")
                                + " no place in the ledger"));
    }

    @Override
    public void replayed(long replayed, long expired) {
        out.println("reconcile: "
                + (replayed + expired == 0
                        ? "nothing was changed"
                        : Counts.text(replayed, "delivery", "deliveries")
                                + " will be made again, by the relay that runs or at its next start"));
        if (expired > 0) {
            out.println("reconcile: " + Counts.text(expired, "delivery is", "deliveries are")
                    + " left unchanged, since the URLs have expired and no spool has the file; run the exports again");
        }
    }

    /** Names come from outside: none may move the cursor. */
    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}

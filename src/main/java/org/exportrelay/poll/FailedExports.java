package org.exportrelay.poll;

import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.ledger.ExportRecorder;

/**
 * The position of the route {@code poll-failed-exports} in the list of failed exports, and the events of those that are
 * new. The order of the list is not documented, so all of it is read; an entry that a moving list pushes past this scan is
 * found by the next one. Each scan belongs to its exchange, so a scan that is still running when the route is edited does
 * not change the position of the next one. Thread-safe.
 */
@Singleton
@Named("failedExports")
public final class FailedExports {

    /** The largest page of the API. */
    static final int PAGE = 100;

    private static final String PROPERTY = "ExportRelayFailedExportsScan";

    /** Used at the first failed export: to check a route opens no ledger. */
    private final Provider<ExportRecorder> recorder;

    @Inject
    public FailedExports(Provider<ExportRecorder> recorder) {
        this.recorder = recorder;
    }

    /** Begins a scan. */
    public void begin(Exchange exchange) {
        exchange.setProperty(PROPERTY, new Scan());
    }

    /** Whether a page is still to be read. */
    public boolean hasNextPage(Exchange exchange) {
        return !scan(exchange).done;
    }

    /** The query of the next page. */
    public String query(Exchange exchange) {
        return "status=failed&limit=" + PAGE + "&offset=" + scan(exchange).offset;
    }

    /**
     * Processes a page: an event records each failed export. Changes no body. A page without a new entry ends the scan even
     * where the API promises more, so that every scan ends.
     */
    public void read(@Body ExportPage page, Exchange exchange) {
        scan(exchange).read(page);
        List<Export> failed = page.data().stream().filter(Export::isFailed).toList();
        if (!failed.isEmpty()) {
            recorder.get().recordFailed(failed);
        }
    }

    private static Scan scan(Exchange exchange) {
        return exchange.getProperty(PROPERTY, Scan.class);
    }

    private static final class Scan {

        private final Set<String> seen = new HashSet<>();
        private int offset;
        private boolean done;

        private void read(ExportPage page) {
            Boolean hasMore = page.pagination().hasMore();
            boolean mayHaveMore = hasMore == null ? page.ids().size() >= PAGE : hasMore;
            offset += page.ids().size();
            done = !seen.addAll(page.ids()) || !mayHaveMore;
        }
    }
}

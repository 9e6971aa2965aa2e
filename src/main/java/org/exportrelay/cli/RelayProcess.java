package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.util.ExceptionUtil;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Starts Quarkus for a command and waits for its end. */
final class RelayProcess {

    static final int DELIVERED = 0;
    static final int NOT_DELIVERED = 1;
    static final int WRONG = 2;
    static final int NO_API = 3;

    private RelayProcess() {}

    /**
     * Runs an application inside Quarkus.
     *
     * @param logsToStandardError for every command but {@code run}
     * @return its exit code
     */
    static int run(Class<? extends QuarkusApplication> application, boolean logsToStandardError, String... args) {
        if (logsToStandardError) {
            System.setProperty("quarkus.log.console.stderr", "true");
            // Only run lasts long enough for metrics to be scraped.
            System.setProperty("quarkus.http.host-enabled", "false");
            System.setProperty("quarkus.oidc.tenant-enabled", "false");
        }
        AtomicInteger exitCode = new AtomicInteger();
        Quarkus.run(application, (code, failure) -> exitCode.set(failure == null ? code : report(failure)), args);
        return exitCode.get();
    }

    /** A problem that the operator can fix is one line; anything else has its stack trace. */
    private static int report(Throwable failure) {
        if (ExceptionUtil.getRootCause(failure) instanceof QuarkusBindException bind) {
            System.err.println("relay.http.port=" + bind.getPort() + ": another process uses this port on "
                    + bind.getHost() + "; set relay.http.port to a free one");
            return WRONG;
        }
        for (Throwable cause : ObjectHelper.createExceptionIterable(failure)) {
            if (cause instanceof SettingsException || cause instanceof FaultyRoutesException) {
                System.err.println(cause.getMessage());
                return WRONG;
            }
        }
        if (LedgerDatabase.isFault(failure)) {
            System.err.println("relay.ledger.url: the ledger cannot be used (" + LedgerDatabase.describe(failure)
                    + "); start again when it can");
            return NOT_DELIVERED;
        }
        failure.printStackTrace();
        return NOT_DELIVERED;
    }
}

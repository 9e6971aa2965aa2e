package org.exportrelay.cli;

import picocli.CommandLine.Option;

/** How much is listed, and for whom: the options that {@code status} and {@code history} share. */
final class ListOptions {

    private static final long SHOWN = 20;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "How many, newest first; 0: all (default: " + SHOWN + ").")
    private Long limit;

    @Option(names = "--json", description = "JSON and nothing else on standard output; see docs/operating.md.")
    private boolean json;

    /** 0 for all. */
    long limit() {
        return limit == null ? SHOWN : Math.max(0, limit);
    }

    boolean hasLimit() {
        return limit != null;
    }

    boolean json() {
        return json;
    }
}

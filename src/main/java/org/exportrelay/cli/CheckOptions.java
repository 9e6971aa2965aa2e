package org.exportrelay.cli;

import picocli.CommandLine.Option;

/** The options of {@code check}, which pass from the command line to the application inside Quarkus. */
final class CheckOptions {

    @Option(names = "--json", description = "One JSON object a line and nothing else on standard output.")
    private boolean json;

    boolean json() {
        return json;
    }

    /** From which the same options can be read. */
    String[] arguments() {
        return json ? new String[] {"--json"} : new String[0];
    }
}

package org.exportrelay.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of {@code plan}, which pass from the command line to the application inside Quarkus. */
final class PlanOptions {

    @Option(
            names = "--json",
            description = "One JSON object a line for each change, and nothing else on standard output.")
    private boolean json;

    @Option(
            names = "--apply",
            description =
                    "Confirm these versions of the files: with relay.routes.reload=confirm, a running relay loads them.")
    private boolean apply;

    boolean json() {
        return json;
    }

    boolean apply() {
        return apply;
    }

    /** From which the same options can be read. */
    String[] arguments() {
        List<String> arguments = new ArrayList<>();
        if (json) {
            arguments.add("--json");
        }
        if (apply) {
            arguments.add("--apply");
        }
        return arguments.toArray(String[]::new);
    }
}

package org.exportrelay.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code reconcile}, which pass from the command line to the application inside Quarkus. */
final class ReconcileOptions {

    @Parameters(
            arity = "0..1",
            paramLabel = "DESTINATION",
            description = "The name in exports:NAME; without it all destinations.")
    private String destination;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeOption.class,
            description = "Only files that were delivered then or later: " + TimeOption.FORMS + ".")
    private Instant since;

    @Option(
            names = "--checksums",
            description =
                    "Also compare SHA-256: reads each local file, and costs a request for each object in S3 or Azure. SFTP has"
                            + " no checksums.")
    private boolean checksums;

    @Option(names = "--replay", description = "Make the deliveries whose files are missing due again.")
    private boolean replay;

    @Option(names = "--yes", description = "With --replay on a terminal: without the question.")
    private boolean yes;

    @Option(names = "--json", description = "One JSON object a line and nothing else on standard output.")
    private boolean json;

    /** Null for all. */
    String destination() {
        return destination;
    }

    /** Null for any time. */
    Instant since() {
        return since;
    }

    boolean checksums() {
        return checksums;
    }

    boolean replay() {
        return replay;
    }

    boolean yes() {
        return yes;
    }

    boolean json() {
        return json;
    }

    /** From which the same options can be read. */
    String[] arguments() {
        List<String> arguments = new ArrayList<>();
        if (destination != null) {
            arguments.add(destination);
        }
        if (since != null) {
            arguments.addAll(List.of("--since", since.toString()));
        }
        addIf(checksums, "--checksums", arguments);
        addIf(replay, "--replay", arguments);
        addIf(yes, "--yes", arguments);
        addIf(json, "--json", arguments);
        return arguments.toArray(String[]::new);
    }

    private static void addIf(boolean isSet, String option, List<String> arguments) {
        if (isSet) {
            arguments.add(option);
        }
    }
}

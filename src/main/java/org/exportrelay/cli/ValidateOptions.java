package org.exportrelay.cli;

import picocli.CommandLine.Option;

/** The options of {@code validate}, of which one can be given. */
final class ValidateOptions {

    /** How findings are printed. */
    enum Form {
        TEXT,
        JSON,
        SARIF
    }

    @Option(
            names = "--json",
            description = "One JSON object a line for each finding, and nothing else on standard output.")
    private boolean json;

    @Option(
            names = "--sarif",
            description = "One document in the format SARIF 2.1.0, which code hosts show beside the lines.")
    private boolean sarif;

    Form form() {
        if (json) {
            return Form.JSON;
        }
        return sarif ? Form.SARIF : Form.TEXT;
    }
}

package org.exportrelay.cli;

import java.util.concurrent.Callable;
import org.exportrelay.config.Settings;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;

/** {@code validate}. */
@Command(
        name = "validate",
        description = "Checks the settings and every route file without starting or contacting anything.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Prints file:line: message for each fault. A comment '# export-relay: ignore RULE' above a line switches off a"
                    + " warning about it.",
            "Exit codes: 0 no fault, 2 any fault."
        })
public final class ValidateCommand implements Callable<Integer> {

    @ArgGroup
    private ValidateOptions options = new ValidateOptions();

    @Override
    public Integer call() {
        TemporaryDirectory.check(Settings.load().ledger());
        return RelayProcess.run(ValidateApplication.class, true, options.form().name());
    }
}

package org.exportrelay.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code plan}. */
@Command(
        name = "plan",
        description =
                "Shows what the route files on disk change compared with those that ran last: files, new and changed"
                        + " destinations with the deliveries of the past that they receive, and destinations without a route.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 done, 2 wrong settings or routes, or no ledger."})
public final class PlanCommand implements Callable<Integer> {

    @Mixin
    private PlanOptions options;

    @Mixin
    private SandboxOption sandbox;

    @Override
    public Integer call() {
        TemporaryDirectory.check(sandbox.settings().ledger());
        return RelayProcess.run(PlanApplication.class, true, options.arguments());
    }
}

package org.exportrelay;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.exportrelay.cli.CheckCommand;
import org.exportrelay.cli.ExplainCommand;
import org.exportrelay.cli.HistoryCommand;
import org.exportrelay.cli.OnceCommand;
import org.exportrelay.cli.OptimizeCommand;
import org.exportrelay.cli.PasswordCommand;
import org.exportrelay.cli.PauseCommand;
import org.exportrelay.cli.PlanCommand;
import org.exportrelay.cli.ReconcileCommand;
import org.exportrelay.cli.ReplayCommand;
import org.exportrelay.cli.ResumeCommand;
import org.exportrelay.cli.RetireCommand;
import org.exportrelay.cli.RetryCommand;
import org.exportrelay.cli.RunCommand;
import org.exportrelay.cli.SandboxCommand;
import org.exportrelay.cli.StatusCommand;
import org.exportrelay.cli.TestCommand;
import org.exportrelay.cli.TrustCommand;
import org.exportrelay.cli.ValidateCommand;
import org.exportrelay.cli.Version;
import org.exportrelay.config.Settings;
import org.exportrelay.config.SettingsException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/**
 * The command line. Help, usage errors and {@code sandbox} need nothing started; the other commands
 * start Quarkus themselves once their options and settings are known to be right.
 */
@QuarkusMain
@Command(
        name = "export-relay",
        description = "Moves completed exports from the exports API to directories, SFTP servers and"
                + " message queues. Reads application.properties and routes/ from the working directory.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            RunCommand.class,
            OnceCommand.class,
            ValidateCommand.class,
            TestCommand.class,
            PlanCommand.class,
            CheckCommand.class,
            SandboxCommand.class,
            TrustCommand.class,
            StatusCommand.class,
            HistoryCommand.class,
            ExplainCommand.class,
            ReplayCommand.class,
            ReconcileCommand.class,
            RetryCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            RetireCommand.class,
            PasswordCommand.class,
            OptimizeCommand.class
        },
        footer = {
            "",
            "Without a command: run.",
            "Exit codes: 0 done, 1 some deliveries failed, 2 wrong usage, settings"
                    + " or routes, 3 the API cannot be used."
        })
public final class ExportRelay implements Callable<Integer> {

    private static final int WRONG = 2;

    /** Runs a command and ends the process with its exit code. */
    public static void main(String... args) {
        int exitCode = commandLine().execute(withCommand(args));
        // quarkus:dev calls this method again in the same process after each change.
        if (LaunchMode.current() != LaunchMode.DEVELOPMENT) {
            System.exit(exitCode);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new ExportRelay()).setExecutionExceptionHandler(onFailure());
    }

    /** A problem that the operator can fix is one line; anything else is a defect and has its stack trace. */
    private static IExecutionExceptionHandler onFailure() {
        return (failure, command, parsed) -> {
            if (!(failure instanceof SettingsException)) {
                throw failure;
            }
            command.getErr().println(failure.getMessage());
            return WRONG;
        };
    }

    private static String[] withCommand(String... args) {
        boolean runOptionsOnly = args.length > 0 && args[0].equals("--sandbox");
        if (args.length == 0 && Settings.isDevMode()) {
            return new String[] {"run", "--sandbox"};
        }
        return args.length == 0 || runOptionsOnly
                ? Stream.concat(Stream.of("run"), Stream.of(args)).toArray(String[]::new)
                : args;
    }

    @Override
    public Integer call() {
        return commandLine().execute("run");
    }
}

package org.exportrelay.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a child process that runs this program. */
final class ProgramCommand {

    private ProgramCommand() {}

    /**
     * With the options of this JVM.
     *
     * @param jar of the program
     * @param without the options that match this expression
     * @param options that are added, and win
     * @param arguments of the program
     */
    static List<String> of(Path jar, String without, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.matches(without))
                .forEach(command::add);
        command.addAll(options);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(List.of(arguments));
        return command;
    }
}

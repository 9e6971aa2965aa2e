package org.exportrelay.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server of a test. */
public final class Postgres {

    /** Several test processes start beside each other on few processors; the default of 10 s is too short then. */
    private static final Duration START = Duration.ofMinutes(1);

    private Postgres() {}

    public static EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.builder().setPGStartupWait(START).start();
    }

    /** All processes of a server. */
    public static List<ProcessHandle> processes(EmbeddedPostgres postgres) throws SQLException, IOException {
        Path data =
                Path.of(RelayLedger.of(postgres).column("SHOW data_directory").get(0));
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        ProcessHandle main = ProcessHandle.of(pid).orElseThrow();
        return Stream.concat(Stream.of(main), main.descendants()).toList();
    }

    /** Sends a signal, such as STOP, to each process. */
    public static void signal(String name, List<ProcessHandle> processes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        new ProcessBuilder(command).start().waitFor();
    }
}

package org.exportrelay.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prometheus as a child process, of the Debian package of this name, which scrapes every second. */
public final class Prometheus implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final int port;

    private Prometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    public static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "prometheus")));
    }

    /** Scrapes relays on these ports. */
    public static Prometheus start(Path directory, List<Integer> relays) throws IOException {
        int port = TcpGate.freePort();
        String targets =
                relays.stream().map(relay -> "'127.0.0.1:" + relay + "'").collect(Collectors.joining(", ", "[", "]"));
        Path config = Files.writeString(
                directory.resolve("prometheus.yml"),
                """
                global: {scrape_interval: 1s}
                scrape_configs:
                  - job_name: export-relay
                    metrics_path: /q/metrics
                    static_configs: [{targets: %s}]
                """
                        .formatted(targets));
        Process process = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("prometheus-data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new Prometheus(process, port);
    }

    /** Whether a query returns anything; false too while Prometheus starts. */
    public boolean hasData(String query) {
        try {
            JsonNode answer = JSON.readTree(URI.create("http://127.0.0.1:" + port + "/api/v1/query?query="
                            + URLEncoder.encode(query, StandardCharsets.UTF_8))
                    .toURL());
            return !answer.at("/data/result").isEmpty();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}

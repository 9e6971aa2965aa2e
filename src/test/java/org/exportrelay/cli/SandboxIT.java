package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandbox} as the packaged jar. */
class SandboxIT {

    @TempDir
    private Path directory;

    @Test
    void printsTheSameSettingsAtEveryStartWithTheSamePortAndSeed() throws Exception {
        int port = FreePort.find();
        RelayChild relay = RelayChild.in(directory);
        String first = settings(relay, port, "7");

        assertThat(first)
                .contains("relay.api.url=http://127.0.0.1:" + port + "\n")
                .contains("relay.download.allowed-hosts=127.0.0.1:" + (port + 1) + "\n")
                .contains("# The same key and exports again: sandbox --port " + port + " --seed 7\n");
        assertThat(settings(relay, port, "7")).isEqualTo(first);
        assertThat(settings(relay, port, "8")).isNotEqualTo(first);
    }

    @Test
    void endsInOneLineWhenAPortIsInUse() throws Exception {
        RelayChild relay = RelayChild.in(directory);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int port : new int[] {taken.getLocalPort(), taken.getLocalPort() - 1}) {
                Ended ended = relay.run("sandbox", "--port", Integer.toString(port));

                assertThat(ended.exitCode()).isEqualTo(2);
                assertThat(ended.err().lines())
                        .singleElement()
                        .asString()
                        .startsWith("the sandbox cannot open port " + taken.getLocalPort() + " of 127.0.0.1 for its ")
                        .endsWith("Address already in use; choose another, or 0 for any free one");
            }
        }
    }

    private static String settings(RelayChild relay, int port, String seed) {
        Running sandbox = relay.start("sandbox", "--port", Integer.toString(port), "--seed", seed);
        await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.output().contains(" --seed "));
        assertThat(sandbox.stop().exitCode()).isZero();
        return sandbox.output();
    }
}

package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class SandboxTest {

    private static final SandboxOptions SMALL = SandboxOptions.defaults()
            .withSeed(5)
            .withExports(3)
            .withArrivalPeriod(Duration.ZERO)
            .withMaxRecords(200);

    @Test
    void hasAKeyInTheDocumentedFormThatFollowsFromTheSeed() {
        try (Sandbox one = Sandbox.start(SMALL);
                Sandbox same = Sandbox.start(SMALL);
                Sandbox other = Sandbox.start(SMALL.withSeed(6))) {
            assertThat(one.key()).matches("dm_sk_live_[A-Za-z0-9]{32}").isEqualTo(same.key());
            assertThat(other.key()).isNotEqualTo(one.key());
        }
    }

    @Test
    void servesTheSameExportsForTheSameSeedAndTime() {
        MovableClock clock = MovableClock.atNoon();
        try (Sandbox one = Sandbox.start(SMALL, clock);
                Sandbox same = Sandbox.start(SMALL, clock);
                Sandbox other = Sandbox.start(SMALL.withSeed(6), clock)) {
            String id = one.exports().get(0).id();

            assertThat(one.exports()).isEqualTo(same.exports()).doesNotContainAnyElementsOf(other.exports());
            assertThat(one.content(id, 0)).isEqualTo(same.content(id, 0));
        }
    }

    @Test
    void listensOnTheLoopbackAddressWithTwoOrigins() {
        try (Sandbox sandbox = Sandbox.start(SMALL)) {
            assertThat(sandbox.apiUrl().toString()).matches("http://127\\.0\\.0\\.1:\\d+");
            assertThat(sandbox.storeUrl().toString()).matches("http://127\\.0\\.0\\.1:\\d+");
            assertThat(sandbox.storeUrl()).isNotEqualTo(sandbox.apiUrl());
        }
    }

    @Test
    void listensOnThePortOfItsOptionsAndReportsWhenThatIsInUse() {
        URI freed;
        try (Sandbox first = Sandbox.start(SMALL)) {
            freed = first.apiUrl();
            assertThatThrownBy(() -> Sandbox.start(SMALL.withPort(first.apiUrl().getPort())))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("port " + first.apiUrl().getPort())
                    .hasMessageContaining("choose another");
        }
        try (Sandbox second = Sandbox.start(SMALL.withPort(freed.getPort()))) {
            assertThat(second.apiUrl()).isEqualTo(freed);
        }
    }

    @Test
    void servesItsStoreOnTheNextPortAndReportsWhenThatIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort() - 1;
            assertThatThrownBy(() -> Sandbox.start(SMALL.withPort(port)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage("the sandbox cannot open port " + taken.getLocalPort() + " of 127.0.0.1 for its store,"
                            + " which takes the port after the API's: Address already in use;"
                            + " choose another, or 0 for any free one");
            taken.close();
            try (Sandbox sandbox = Sandbox.start(SMALL.withPort(port))) {
                assertThat(sandbox.apiUrl().getPort()).isEqualTo(port);
                assertThat(sandbox.storeUrl().getPort()).isEqualTo(port + 1);
            }
        }
    }

    @Test
    void isTheSameAfterARestart() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        SandboxOptions options = SMALL.withExports(20).withPort(port).withArrivalPeriod(Duration.ofSeconds(4));
        MovableClock clock = MovableClock.atNoon();
        List<SandboxExport> before;
        String key;
        String oauthToken;
        URI store;
        List<byte[]> contents;
        try (Sandbox first = Sandbox.start(options, clock)) {
            before = first.exports();
            key = first.key();
            oauthToken = first.oauthToken();
            store = first.storeUrl();
            contents = contents(first);
        }
        clock.advance(Duration.ofHours(5));
        try (Sandbox second = Sandbox.start(options, clock)) {
            assertThat(second.key()).isEqualTo(key);
            assertThat(second.oauthToken()).isEqualTo(oauthToken);
            assertThat(second.storeUrl()).isEqualTo(store);
            assertThat(second.exports()).isEqualTo(before);
            assertThat(contents(second)).usingElementComparator(Arrays::compare).isEqualTo(contents);
        }
    }

    @Test
    void keepsTheIdsAndContentsOfItsExportsOnAnotherDayToo() {
        MovableClock clock = MovableClock.atNoon();
        List<SandboxExport> before;
        List<byte[]> contents;
        try (Sandbox first = Sandbox.start(SMALL.withArrivalPeriod(Duration.ofSeconds(4)), clock)) {
            clock.advance(Duration.ofMinutes(1));
            before = first.exports();
            contents = contents(first);
        }
        clock.advance(Duration.ofDays(30));
        try (Sandbox second = Sandbox.start(SMALL.withArrivalPeriod(Duration.ofSeconds(4)), clock)) {
            clock.advance(Duration.ofMinutes(1));
            assertThat(before).hasSize(18);
            assertThat(second.exports())
                    .extracting(SandboxExport::id)
                    .isEqualTo(before.stream().map(SandboxExport::id).toList());
            assertThat(contents(second)).usingElementComparator(Arrays::compare).isEqualTo(contents);
        }
    }

    private static List<byte[]> contents(Sandbox sandbox) {
        return sandbox.exports().stream()
                .map(export -> sandbox.content(export.id(), 0))
                .toList();
    }

    @Test
    void answersNothingOnceClosed() {
        Sandbox sandbox = Sandbox.start(SMALL);
        Caller caller = new Caller(sandbox);
        sandbox.close();

        assertThatThrownBy(() -> caller.get("/v1/exports")).isInstanceOf(IOException.class);
    }

    @Test
    void refusesIdsAndIndicesItDoesNotHave() {
        try (Sandbox sandbox = Sandbox.start(SMALL)) {
            String id = sandbox.exports().get(0).id();

            assertThatThrownBy(() -> sandbox.content("unknown", 0)).isInstanceOf(NoSuchElementException.class);
            assertThatThrownBy(() -> sandbox.content(id, 99)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> sandbox.incurable("unknown")).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void handsOutContentThatItsCallerMayChange() {
        try (Sandbox sandbox = Sandbox.start(SMALL)) {
            String id = sandbox.exports().get(0).id();
            byte[] content = sandbox.content(id, 0);
            content[20]++;

            assertThat(sandbox.content(id, 0)).isNotEqualTo(content);
        }
    }

    @Test
    void refusesFilesThatCannotBe() {
        assertThatThrownBy(() -> new SandboxFile("a.csv.gz", -1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> new SandboxFile(null, 1)).hasMessageContaining("filename");
    }
}

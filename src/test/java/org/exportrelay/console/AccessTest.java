package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.exportrelay.config.TestSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests are answered at all. */
class AccessTest {

    private static final String HERE = "127.0.0.1";

    private final Access open = new Access(TestSettings.of().console());
    private final Access withLogin = new Access(TestSettings.of(
                    "relay.console.auth",
                    "basic",
                    "relay.console.users-file",
                    "users",
                    "relay.console.hosts",
                    "relay.example, exports.example")
            .console());

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1:8080",
        "127.0.0.1, localhost:8080",
        "127.0.0.1, LOCALHOST",
        "127.8.9.1, 127.0.0.1",
        "0:0:0:0:0:0:0:1, [::1]:8080",
    })
    void withoutLoginThisMachineIsServed(String remote, String host) {
        assertThat(open.check(remote, host, null, false)).isEmpty();
        assertThat(open.check(remote, host, "http://" + host, false)).isEmpty();
    }

    @Test
    void withoutLoginNoOtherMachineIsServedNorAProxyForOne() {
        for (String remote :
                new String[] {"10.0.0.7", "fe80::1%eth0", "0.0.0.0", "::ffff:10.0.0.7", "localhost.evil"}) {
            assertThat(open.check(remote, "127.0.0.1:8080", null, false))
                    .as(remote)
                    .get()
                    .satisfies(problem -> {
                        assertThat(problem.status()).isEqualTo(403);
                        assertThat(problem.detail()).contains("relay.console.auth=basic", "relay.console.users-file");
                    });
        }
        assertThat(status(open.check(HERE, "127.0.0.1:8080", null, true))).isEqualTo(403);
        assertThat(status(open.check(HERE, "10.0.0.7:8080", null, false))).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.0.0.1:8080@evil.example",
                "relay.example.evil.example",
                "",
                " ",
                "[::1",
                "localhost:port",
            })
    void aNameThatIsNotTheRelaysIsRefusedAlsoFromThisMachineAndWithALogin(String host) {
        for (Access access : new Access[] {open, withLogin}) {
            assertThat(status(access.check(HERE, host, null, false))).as(host).isEqualTo(421);
        }
        assertThat(status(open.check(HERE, null, null, false))).isEqualTo(421);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://evil.example",
                "http://127.0.0.1:9090",
                "http://127.0.0.1:8080.evil.example",
                "http://localhost:8080",
                "null",
                "",
                "file://",
                "127.0.0.1:8080",
                "http://127.0.0.1:8080/path"
            })
    void aPageOfAnotherSiteIsRefusedAlsoOnThisMachine(String origin) {
        for (Access access : new Access[] {open, withLogin}) {
            assertThat(status(access.check(HERE, "127.0.0.1:8080", origin, false)))
                    .as(origin)
                    .isEqualTo(403);
        }
    }

    @Test
    void withALoginOtherMachinesAndProxiesReachItUnderItsNames() {
        assertThat(withLogin.check("10.0.0.7", "10.0.0.1:8080", null, false)).isEmpty();
        assertThat(withLogin.check("10.0.0.7", "Relay.Example", "https://relay.example", true))
                .isEmpty();
        assertThat(withLogin.check("10.0.0.7", "exports.example:8443", "https://exports.example:8443", true))
                .isEmpty();
        assertThat(status(withLogin.check("10.0.0.7", "other.example", null, true)))
                .isEqualTo(421);
    }

    private static int status(Optional<Problem> problem) {
        return problem.orElseThrow(() -> new AssertionError("answered")).status();
    }

    /** A page of another site may link to the relay, but not load anything of it. */
    @ParameterizedTest
    @CsvSource({
        "cross-site, no-cors, 403",
        "cross-site, cors, 403",
        "cross-site, , 403",
        "cross-site, navigate, 0",
        "same-origin, cors, 0",
        "same-site, no-cors, 0",
        "none, navigate, 0",
        ", , 0",
    })
    void pagesOfOtherSitesLoadNothing(String site, String mode, int status) {
        assertThat(Access.checkSite(site, mode).map(Problem::status).orElse(0)).isEqualTo(status);
    }
}

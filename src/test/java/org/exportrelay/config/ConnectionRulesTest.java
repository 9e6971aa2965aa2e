package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What SettingsTest cannot set: the environment. */
class ConnectionRulesTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"})
    void namesAVariableThatHoldsNoProxyWithoutItsPassword(String variable) {
        List<String> problems =
                ConnectionRules.check(TestSettings.of(), Map.of(variable, "socks5://user:s3cret@proxy:1080"));
        assertThat(problems)
                .containsExactly(variable
                        + "=…@proxy:1080: not a proxy; write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:s3@cret@proxy:1080", "user:s3/cret@proxy:1080", "http://user:s3#cr@et@proxy"})
    void saysHowToWriteALoginWithSpecialCharacters(String proxy) {
        assertThat(ConnectionRules.check(TestSettings.of(), Map.of("HTTPS_PROXY", proxy)))
                .singleElement()
                .asString()
                .contains("percent-encoded (@ as %40")
                .doesNotContain("s3", "cret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
    void saysThatATruststoreHasOnlyAPrivateKey(String kind) throws IOException {
        Path pem = Files.writeString(
                directory.resolve("key.pem"), "-----BEGIN " + kind + "-----\nMAA=\n-----END " + kind + "-----\n");
        assertThat(ConnectionRules.check(TestSettings.of("relay.tls.truststore", pem.toString()), Map.of()))
                .singleElement()
                .asString()
                .contains("it has no trusted certificate, at most private keys");
    }

    @Test
    void ignoresVariablesThatAreEmptyOrNotItsOwn() {
        assertThat(ConnectionRules.check(
                        TestSettings.of(), Map.of("HTTPS_PROXY", " ", "FTP_PROXY", "?", "NO_PROXY", "a b,c")))
                .isEmpty();
    }
}

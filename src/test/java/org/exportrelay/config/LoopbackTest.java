package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://api.v2.dealmachine.com",
                "HTTPS://api.v2.dealmachine.com:8443/x",
                "https://10.0.0.1",
                "http://localhost",
                "http://LocalHost:8080/x",
                "http://127.0.0.1:8080",
                "http://127.8.9.255",
                "http://[::1]",
                "http://[::1]:8080/x",
                "http://[0:0:0:0:0:0:0:1]",
                "http://[0000:0000:0000:0000:0000:0000:0000:0001]"
            })
    void takesHttpsAnywhereAndHttpTowardsThisMachine(String url) {
        assertThat(Loopback.isSafe(URI.create(url))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://api.v2.dealmachine.com",
                "http://127.0.0.1.evil.com",
                "http://127.0.0.1@evil.com",
                "http://127.0.0.1:80@evil.com",
                "http://localhost@evil.com",
                "http://localhost:80@evil.com/",
                "http://localhost.evil.com",
                "http://evil.com/localhost",
                "http://evil.com?127.0.0.1",
                "http://evil.com#localhost",
                "http://evil-localhost",
                "http://localhost.",
                "http://xlocalhost",
                "http://128.0.0.1",
                "http://1127.0.0.1",
                "http://10.0.0.1",
                "http://0.0.0.0",
                "http://127.1",
                "http://2130706433",
                "http://[::2]",
                "http://[1::1]",
                "http://[::11]",
                "http://[fe80::1]",
                "http://[::ffff:10.0.0.1]",
                "http://[2001:db8::1]",
                "ftp://127.0.0.1/x",
                "file:///etc/passwd",
                "file://localhost/etc/passwd",
                "ws://localhost",
                "jar:http://localhost/x!/y",
                "//localhost/x",
                "localhost:8080",
                "/relative",
                "http:localhost",
                "https:///no-host",
                ""
            })
    void refusesEverythingElse(String url) {
        assertThat(Loopback.isSafe(URI.create(url))).isFalse();
    }
}

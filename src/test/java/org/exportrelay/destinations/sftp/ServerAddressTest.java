package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {

    @Test
    void readsHostAndPort() {
        assertThat(ServerAddress.parse("sftp://Sftp.Example")).isEqualTo(new ServerAddress("sftp.example", 22));
        assertThat(ServerAddress.parse("sftp://10.0.0.1:2222/")).hasToString("sftp://10.0.0.1:2222");
        assertThat(ServerAddress.parse("sftp://[::1]:2222")).hasToString("sftp://[::1]:2222");
        assertThat(ServerAddress.parse("sftp://[::1]:2222").knownHostsName()).isEqualTo("[::1]:2222");
        assertThat(ServerAddress.parse("sftp://[::1]").knownHostsName()).isEqualTo("::1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                "host:22",
                "ssh://host",
                "sftp://",
                "sftp://u:p@host",
                "sftp://host/in",
                "sftp://host:0",
                "sftp://a b"
            })
    void saysWhatToWriteInstead(String text) {
        assertThatThrownBy(() -> ServerAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write sftp://HOST or sftp://HOST:PORT");
    }
}

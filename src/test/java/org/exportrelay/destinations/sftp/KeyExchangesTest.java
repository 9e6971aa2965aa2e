package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.JSch;
import org.junit.jupiter.api.Test;

class KeyExchangesTest {

    @Test
    void onlyThoseOfJavaAreOfferedAndTried() {
        KeyExchanges.limit();
        KeyExchanges.limit();
        assertThat(JSch.getConfig("kex"))
                .startsWith("curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,")
                .doesNotContain("mlkem", "sntrup", ",,");
        assertThat(JSch.getConfig("CheckKexes"))
                .isEqualTo("curve25519-sha256,curve25519-sha256@libssh.org,curve448-sha512");
    }
}

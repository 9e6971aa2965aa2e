package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiFailuresTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://store/x?X-Goog-Signature=s3cret",
                "HTTPS://store/?X-Goog-Signature=s3cret",
                "https:\\/\\/store\\/x?X-Goog-Signature=s3cret",
                "\"https://store?sig=s3cret\"",
                "key dm_sk_live_s3cret was refused",
                "token dm_at_live_s3cret was refused"
            })
    void quotesNoSecret(String text) {
        assertThat(ApiFailures.of(new IOException(text))).hasMessageNotContaining("s3cret");
        assertThat(ApiFailures.nonsense("no JSON", text)).hasMessageNotContaining("s3cret");
    }

    @Test
    void leavesHostAndPortReadable() {
        assertThat(ApiFailures.of(new IOException("Connect to http://127.0.0.1:9 failed: Connection refused")))
                .hasMessageContaining("Connect to http://127.0.0.1:9 failed: Connection refused");
    }

    @Test
    void keepsAForgedLogLineOnOneLine() {
        assertThat(ApiFailures.nonsense("no JSON", "x\n2026-02-17 ERROR forged\u001b[31m")
                        .getMessage())
                .doesNotContain("\n")
                .doesNotContain("\u001b");
    }
}

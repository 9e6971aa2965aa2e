package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostTest {

    @ParameterizedTest
    @CsvSource({
        "storage.googleapis.com, storage.googleapis.com, -1",
        "' Storage.GoogleApis.com ', storage.googleapis.com, -1",
        "storage.googleapis.com:443, storage.googleapis.com, 443",
        "127.0.0.1:65535, 127.0.0.1, 65535",
        "[::1], [::1], -1",
        "[2001:DB8::1]:8443, [2001:db8::1], 8443",
        "localhost:1, localhost, 1"
    })
    void readsHostAndPort(String text, String host, int port) {
        assertThat(AllowedHost.parse(text)).isEqualTo(new AllowedHost(host, port));
        assertThat(new AllowedHostConverter().convert(text)).isEqualTo(new AllowedHost(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "*",
                "*.googleapis.com",
                "https://storage.googleapis.com",
                "storage.googleapis.com/bucket",
                "user@storage.googleapis.com",
                "storage.googleapis.com:",
                "storage.googleapis.com:0",
                "storage.googleapis.com:65536",
                "storage.googleapis.com:99999999999",
                "storage.googleapis.com:https",
                "two hosts",
                "::1",
                "[::1",
                "a:b:c"
            })
    void refusesWhatIsNoHost(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllowedHost.parse(text))
                .withMessageContaining("write host or host:port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my_bucket.storage.example", "_store:443", "-store.example", "a..b", "store.example.123"})
    void refusesANameThatNoUrlCanHave(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllowedHost.parse(text))
                .withMessageStartingWith(text.replaceFirst(":.*", "") + " is not a valid host name")
                .withMessageContaining("no underscore")
                .withMessageContaining("write host or host:port");
    }

    @ParameterizedTest
    @CsvSource({
        "storage.googleapis.com, https://storage.googleapis.com/a",
        "storage.googleapis.com, https://STORAGE.googleapis.com:8443/a?x=y",
        "storage.googleapis.com:443, https://storage.googleapis.com/a",
        "storage.googleapis.com:443, https://storage.googleapis.com:443/a",
        "127.0.0.1:80, http://127.0.0.1/a",
        "[::1]:9000, http://[::1]:9000/a"
    })
    void matchesUrlsOfItsHost(String host, String url) {
        assertThat(AllowedHost.parse(host).matches(URI.create(url))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "storage.googleapis.com, https://storage.googleapis.com.evil.com/a",
        "storage.googleapis.com, https://evil.storage.googleapis.com/a",
        "storage.googleapis.com, https://storage.googleapis.com@evil.com/a",
        "storage.googleapis.com, https://storage.googleapis.com:443@evil.com/a",
        "storage.googleapis.com, https://evil.com/storage.googleapis.com",
        "storage.googleapis.com, https://evil.com?storage.googleapis.com",
        "storage.googleapis.com, https://evil.com#storage.googleapis.com",
        "storage.googleapis.com, https://storage.googleapis.com./a",
        "storage.googleapis.com, https://storagexgoogleapis.com/a",
        "storage.googleapis.com, mailto:storage.googleapis.com",
        "storage.googleapis.com, storage.googleapis.com/a",
        "storage.googleapis.com, file:///storage.googleapis.com",
        "storage.googleapis.com:443, https://storage.googleapis.com:8443/a",
        "storage.googleapis.com:443, http://storage.googleapis.com/a",
        "127.0.0.1, http://127.0.0.1.evil.com/a",
        "127.0.0.1, http://localhost/a",
        "localhost, http://localhost@evil.com/a",
        "[::1], http://[::2]/a"
    })
    void matchesNoOtherUrl(String host, String url) {
        assertThat(AllowedHost.parse(host).matches(URI.create(url))).isFalse();
    }

    @Test
    void allowsTheApisStoreAndNothingElseByDefault() {
        assertThat(TestSettings.of().download().allowedHosts())
                .containsExactly(new AllowedHost("storage.googleapis.com", -1));
    }

    @Test
    void readsAList() {
        assertThat(TestSettings.of("relay.download.allowed-hosts", "one.example,127.0.0.1:9000")
                        .download()
                        .allowedHosts())
                .containsExactly(new AllowedHost("one.example", -1), new AllowedHost("127.0.0.1", 9000));
    }
}

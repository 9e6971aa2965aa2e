package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class ProxiesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    http://proxy:3128            | http://proxy:3128
                    http://proxy:3128/           | http://proxy:3128
                    HTTP://proxy.corp            | http://proxy.corp:80
                    https://proxy.corp           | https://proxy.corp:443
                    proxy.corp:8080              | http://proxy.corp:8080
                    10.0.0.1:8080                | http://10.0.0.1:8080
                    http://[fd00::1]:3128        | http://[fd00::1]:3128
                    http://user:s3cret@proxy:1   | http://proxy:1
                    """)
    void readsAProxyAndNeverPrintsItsLogin(String text, String printed) {
        assertThat(Proxy.parse(text)).hasToString(printed);
        assertThat(Proxy.parse(text).login().toString()).doesNotContain("s3cret");
    }

    @Test
    void readsALoginWithPercentEncodedCharacters() {
        Proxy.Login login = Proxy.parse("http://DOMAIN%5Cuser:p%40ss%3Aw%2Ford+@proxy:3128")
                .login()
                .orElseThrow();
        assertThat(login.username()).isEqualTo("DOMAIN\\user");
        assertThat(login.password()).isEqualTo("p@ss:w/ord+");
        assertThat(Secrets.masked("p@ss:w/ord+")).doesNotContain("ord");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy corp",
                "socks5://proxy:1080",
                "http://proxy:99999",
                "http://proxy:3128/path",
                "http://proxy:3128?x",
                "http://user:s3cret/word@proxy:3128",
                "http://user:s3cret%word@proxy",
                "http://:3128"
            })
    void refusesWhatIsNoProxyWithoutQuotingIt(String text) {
        assertThatThrownBy(() -> Proxy.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a proxy")
                .hasNoCause();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    example.com                      | example.com         | true
                    example.com                      | api.example.com     | true
                    example.com                      | badexample.com      | false
                    .example.com                     | api.example.com     | true
                    *.example.com                    | api.example.com     | true
                    .example.com                     | EXAMPLE.com         | true
                    other.com, example.com           | api.example.com     | true
                    other.com example.com            | api.example.com     | true
                    example.com:443                  | api.example.com     | true
                    example.com:8443                 | api.example.com     | false
                    *                                | api.example.com     | true
                    *                                | 10.1.2.3            | true
                    10.0.0.0/8                       | 10.1.2.3            | true
                    10.0.0.0/8                       | 11.1.2.3            | false
                    10.1.2.3                         | 10.1.2.3            | true
                    10.1.2.3/32                      | 10.1.2.4            | false
                    0.0.0.0/0                        | 8.8.8.8             | true
                    10.0.0.0/33                      | 10.0.0.0            | false
                    10.0.0.0/x                       | 10.0.0.0            | false
                    2.3                              | 10.1.2.3            | false
                    fd00::/8                         | [fd00::1]           | true
                    [fd00::1]                        | fd00:0::1           | true
                    [fd00::1]:443                    | fd00::1             | true
                    fd00::/8                         | 10.1.2.3            | false
                    .svc,.cluster.local              | minio.store.svc     | true
                    ''                               | example.com         | false
                    """)
    void goesDirectlyToTheHostsOfNoProxy(String noProxy, String host, boolean direct) {
        for (Proxies proxies : new Proxies[] {
            new Proxies(Optional.empty(), Map.of("HTTPS_PROXY", "http://proxy:3128", "NO_PROXY", noProxy)),
            new Proxies(Optional.of("http://proxy:3128"), Map.of("no_proxy", noProxy))
        }) {
            assertThat(proxies.select("https", host, 443).isEmpty()).isEqualTo(direct);
        }
    }

    @Test
    void takesTheVariableOfTheScheme() {
        Proxies proxies = new Proxies(
                Optional.empty(), Map.of("HTTPS_PROXY", "secure:1", "http_proxy", "plain:2", "HTTP_PROXY", "other:3"));
        assertThat(proxies.select("https", "example.com", 443)).map(Proxy::host).contains("secure");
        assertThat(proxies.select("http", "example.com", 80)).map(Proxy::host).contains("plain");
        assertThat(new Proxies(Optional.empty(), Map.of("HTTPS_PROXY", " ")).select("https", "example.com", 443))
                .isEmpty();
    }

    @Test
    void leavesTheJvmsNonProxyHostsToTheJvm() {
        System.setProperty("https.proxyHost", "jvm");
        System.setProperty("https.proxyPort", "8");
        System.setProperty("http.nonProxyHosts", "*.direct.example");
        try {
            Proxies proxies = new Proxies(Optional.empty(), Map.of("HTTPS_PROXY", "environment:1", "NO_PROXY", "*"));
            assertThat(proxies.select("https", "example.com", 443)).hasToString("Optional[http://jvm:8]");
            assertThat(proxies.select("https", "a.direct.example", 443)).isEmpty();
        } finally {
            System.clearProperty("https.proxyHost");
            System.clearProperty("https.proxyPort");
            System.clearProperty("http.nonProxyHosts");
        }
    }
}

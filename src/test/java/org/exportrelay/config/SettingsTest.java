package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    private static final String OIDC =
            """
            relay.console.auth=oidc
            quarkus.oidc.auth-server-url=https://login.example/realms/r
            quarkus.oidc.client-id=relay
            """;

    @Test
    void hasTheDocumentedDefaults() {
        RelaySettings settings = TestSettings.of();
        assertThat(settings.api().url()).isEqualTo(URI.create("https://api.v2.dealmachine.com"));
        assertThat(settings.api().key()).isEmpty();
        assertThat(settings.api().timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.poll().period()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.poll().pageSize()).isEqualTo(100);
        assertThat(settings.dataDir()).isEqualTo(Path.of("data"));
        assertThat(settings.ledger().url()).isEqualTo("jdbc:sqlite:data/ledger.db");
        assertThat(settings.ledger().username()).isEmpty();
        assertThat(settings.ledger().password()).isEmpty();
        assertThat(settings.download().parallel()).isEqualTo(4);
        assertThat(settings.download().minValidity()).isEqualTo(Duration.ofMinutes(15));
        assertThat(settings.download().maxSize()).isEqualTo(ByteSize.parse("20G"));
        assertThat(settings.download().maxExpandedSize()).isEqualTo(ByteSize.parse("200G"));
        assertThat(settings.download().maxRate()).isEmpty();
        assertThat(settings.download().stallTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.spool().maxSize()).isEqualTo(ByteSize.parse("50G"));
        assertThat(settings.api().keyFile()).isEmpty();
        assertThat(settings.delivery().lease()).isEqualTo(Duration.ofMinutes(2));
        assertThat(settings.delivery().maxAttempts()).isEqualTo(10);
        assertThat(settings.delivery().retryDelay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.delivery().maxRetryDelay()).isEqualTo(Duration.ofMinutes(15));
        assertThat(settings.routes().reload()).isEqualTo(RouteReloadMode.ON);
        assertThat(settings.httpProxy()).isEmpty();
        assertThat(settings.tls().truststore()).isEmpty();
        assertThat(settings.tls().truststorePassword()).isEmpty();
        assertThat(settings.shutdownTimeout()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void keepsTheLedgerInTheDataDirectoryUnlessToldOtherwise() {
        assertThat(TestSettings.of("relay.data-dir", "/var/lib/relay").ledger().url())
                .isEqualTo("jdbc:sqlite:/var/lib/relay/ledger.db");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    relay.api.url                    | http://api.example.com       | not https
                    relay.api.url                    | http://127.0.0.1.evil.com    | not https
                    relay.api.url                    | https://api_v2.example.com   | its host is not a valid host name (
                    relay.api.url                    | http://mock_api:8080         | its host is not a valid host name (
                    relay.download.allowed-hosts     | a_b.storage.example          | a_b.storage.example is not a valid host name (
                    relay.api.url                    | https://api.example.com/     | leave out a slash at the end
                    relay.api.timeout                | 999ms                        | write 1s to 10m
                    relay.api.timeout                | 11m                          | write 1s to 10m
                    relay.poll.period                | 60                           | write a whole number with its unit
                    relay.poll.period                | 999ms                        | write 1s or more
                    relay.poll.page-size             | 0                            | 1 to 100
                    relay.poll.page-size             | 101                          | 1 to 100
                    relay.poll.page-size             | many                         | write digits only
                    relay.ledger.url                 | jdbc:mysql://localhost/x     | neither SQLite nor PostgreSQL
                    relay.download.allowed-hosts     | https://storage.example      | write host or host:port
                    relay.download.parallel          | 0                            | write 1 to 64
                    relay.download.parallel          | 65                           | write 1 to 64
                    relay.download.max-size          | 20 gigabytes                 | such as 512M or 20G
                    relay.download.max-size          | 0                            | write 1 or more
                    relay.download.max-expanded-size | 0                            | write 1 or more
                    relay.download.max-rate          | 1023                         | write 1K or more bytes per second, such as 20M, or leave
                    relay.download.max-rate          | 20 MB/s                      | such as 512M or 20G
                    relay.download.stall-timeout     | 1ms                          | write 1s to 10m
                    relay.spool.max-size             | 0                            | write 1 or more
                    relay.delivery.lease             | 4s                           | write 5s or more
                    relay.delivery.max-attempts      | 0                            | write 1 or more
                    relay.delivery.max-retry-delay   | 1s                           | shorter than relay.delivery.retry-delay=5s
                    relay.http-proxy                 | socks5://proxy:1080          | write http://HOST:PORT
                    relay.http-proxy                 | http://proxy:3128/path       | write http://HOST:PORT
                    relay.tls.truststore             | missing.p12                  | there is no such file
                    relay.tls.truststore             | pom.xml                      | write the path of a PKCS#12, JKS or PEM
                    relay.tls.truststore             | src                          | write the path of a PKCS#12, JKS or PEM
                    relay.routes.reload              | ture                         | write one of them
                    relay.log.format                 | xml                          | write text, json or ecs
                    relay.log.format                 | JSON                         | write text, json or ecs
                    relay.shutdown-timeout           | 999ms                        | write 1s to 1h
                    relay.sandbox.faults             | 2                            | from 0 to 1
                    relay.sandbox.error              | api-key-expired              | api_key_revoked, api_key_expired,
                    relay.sandbox.error              | 500                          | not an error of the API
                    relay.sandbox.error-share        | -0.1                         | from 0 to 1
                    relay.sandbox.seed               | seven                        | write digits only
                    relay.sandbox.arrival-period     | 9ms                          | write 10ms or more
                    """)
    void saysInOneLineWhatIsWrongWithASetting(String key, String value, String rule) {
        assertThat(problem(key, value))
                .startsWith(key + "=")
                .contains(value)
                .contains(rule)
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "relay.api.url, http://[::1]:8080",
        "relay.api.url, http://127.0.0.1:8080",
        "relay.poll.period, 1s",
        "relay.poll.page-size, 100",
        "relay.http-proxy, http://user:secret@proxy.corp:3128",
        "relay.download.parallel, 64",
        "relay.download.max-rate, 1K",
        "relay.download.max-rate, 20M",
        "relay.delivery.lease, 5s",
        "relay.log.format, json",
        "relay.log.format, ecs",
        "relay.sandbox.faults, 0.2",
        "relay.sandbox.error, rate_limit_exceeded_day",
        "relay.sandbox.error-share, 0.5",
        "relay.sandbox.seed, -7",
        "relay.sandbox.arrival-period, 0s",
        "relay.sandbox.arrival-period, 10ms"
    })
    void takesASettingWithinItsRange(String key, String value) {
        System.setProperty(key, value);
        try {
            assertThatCode(Settings::load).doesNotThrowAnyException();
        } finally {
            System.clearProperty(key);
        }
    }

    @Test
    void namesASettingThatDoesNotExist() {
        assertThat(problem("relay.pol.period", "60s"))
                .startsWith("relay.pol.period is not a setting of the relay")
                .doesNotContain("\n");
    }

    @Test
    void namesASettingWithoutAValue() {
        assertThat(problem("relay.poll.page-size", ""))
                .isEqualTo("relay.poll.page-size has no value; give it one or remove the line to get the default");
    }

    @Test
    void asksForTheKeyWhereItIsMissing() {
        assertThatThrownBy(() -> Settings.requireKey(TestSettings.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("relay.api.key")
                .hasMessageContaining("DM_API_KEY");
        assertThatCode(() -> Settings.requireKey(TestSettings.of("relay.api.key", "dm_sk_live_x")))
                .doesNotThrowAnyException();
    }

    @Test
    void takesOneKeyOnly() {
        System.setProperty("relay.api.key", "dm_sk_live_x");
        try {
            assertThat(problem("relay.api.key-file", "/run/secrets/key"))
                    .isEqualTo("relay.api.key-file=/run/secrets/key: relay.api.key (DM_API_KEY) is set too; keep one of"
                            + " the two");
        } finally {
            System.clearProperty("relay.api.key");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "relay.api.url, https://user:s3cret@api.example.com",
        "relay.api.url, https://api.example.com?token=s3cret",
        "relay.ledger.url, jdbc:mysql://user:s3cret@host/x",
        "relay.http-proxy, http://user:s3cret@proxy:3128/path",
        "relay.http-proxy, http://user:a/s3cret@proxy",
        "relay.http-proxy, user:s3cret@proxy corp"
    })
    void showsNoPasswordThatAWrongUrlCarries(String key, String value) {
        assertThat(problem(key, value)).startsWith(key + "=").doesNotContain("s3cret");
    }

    @Test
    void anExpectationNeedsExportsAndATime() {
        RelaySettings.Expectation expectation = TestSettings.of(
                        "relay.expect.nightly.exports", "properties_*", "relay.expect.nightly.by", "06:00")
                .expect()
                .get("nightly");
        assertThat(expectation.exports()).isEqualTo("properties_*");
        assertThat(expectation.by()).isEqualTo(LocalTime.of(6, 0));
        assertThat(expectation.atLeast()).isEqualTo(1);
        assertThat(expectation.zone()).isEqualTo(ZoneId.of("UTC"));
        assertThat(expectation.days().days()).hasSize(7);
        assertThat(expectation.warnBefore()).isEqualTo(Duration.ofHours(1));
        assertThat(problem("relay.expect.nightly.by", "06:00"))
                .isEqualTo("relay.expect.nightly.exports has no value; an expectation needs 'exports' and 'by', such as"
                        + " relay.expect.NAME.exports=properties_* and relay.expect.NAME.by=06:00");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    by          | 6 o'clock    | write HH:MM from 00:00 to 23:59, such as 06:00
                    by          | 24:00        | not a time of the day
                    zone        | Europe/Berln | not a time zone; write Europe/Berlin, if that is meant
                    zone        | CEST         | not a time zone; write
                    days        | MON-FREITAG  | not days of the week; write MON, TUE, WED
                    days        | MON,,WED     | such as MON-FRI or SAT,SUN
                    days        | MON-WED-FRI  | not days of the week
                    at-least    | 0            | write 1 or more
                    at-least    | some         | write digits only
                    warn-before | 25h          | write 0s to 23h
                    warn-before | 1            | write a whole number with its unit
                    """)
    void saysInOneLineWhatIsWrongWithAnExpectation(String setting, String value, String rule) {
        System.setProperty("relay.expect.nightly.exports", "properties_*");
        System.setProperty("relay.expect.nightly.by", "06:00");
        try {
            String key = "relay.expect.nightly." + setting;
            assertThat(problem(key, value)).startsWith(key + "=" + value + ": ").contains(rule);
        } finally {
            System.clearProperty("relay.expect.nightly.exports");
            System.clearProperty("relay.expect.nightly.by");
        }
    }

    @Test
    void readsAnExpectationFromTheEnvironment(@TempDir Path directory) {
        Map<String, RelaySettings.Expectation> expectations = Settings.load(
                        new EnvironmentVariables(Map.of(
                                "RELAY_EXPECT_NIGHTLY_EXPORTS", "*",
                                "RELAY_EXPECT_NIGHTLY_BY", "06:00",
                                "RELAY_EXPECT_NIGHTLY_AT_LEAST", "2")),
                        directory.resolve("application.properties"))
                .expect();
        assertThat(expectations).containsOnlyKeys("nightly");
        assertThat(expectations.get("nightly").atLeast()).isEqualTo(2);
    }

    @Test
    void refusesAnUnknownKeyAndAnUnusableNameOfAnExpectation() {
        System.setProperty("relay.expect.nightly.exports", "*");
        System.setProperty("relay.expect.nightly.by", "06:00");
        try {
            assertThat(problem("relay.expect.nightly.until", "06:00"))
                    .startsWith("relay.expect.nightly.until is not a setting of the relay");
        } finally {
            System.clearProperty("relay.expect.nightly.exports");
            System.clearProperty("relay.expect.nightly.by");
        }
        assertThat(ExpectationRules.check(
                        TestSettings.of("relay.expect.\"a b\".exports", "*", "relay.expect.\"a b\".by", "06:00")
                                .expect()))
                .containsExactly("relay.expect.a b: a b is not a name of an expectation; write 1 to 64 letters, digits,"
                        + " '-' and '_'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MON-FRI | MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY",
                "sat, sun | SATURDAY,SUNDAY",
                "FRI-MON | FRIDAY,SATURDAY,SUNDAY,MONDAY",
                "MON,WED-THU | MONDAY,WEDNESDAY,THURSDAY",
                "TUE | TUESDAY"
            })
    void readsDaysOfTheWeek(String text, String days) {
        assertThat(Weekdays.parse(text).days()).extracting(DayOfWeek::name).containsExactlyInAnyOrder(days.split(","));
    }

    @Test
    void aLoginWithAProviderNeedsItsAddressAndAName(@TempDir Path directory) {
        Path file = directory.resolve("application.properties");
        assertThatThrownBy(() -> Settings.load(
                        new EnvironmentVariables(
                                Map.of("RELAY_CONSOLE_AUTH", "oidc", "QUARKUS_OIDC_CLIENT_ID", "relay")),
                        file))
                .hasMessage(
                        "relay.console.auth=oidc: quarkus.oidc.auth-server-url is not set; set it to the address of the"
                                + " OpenID Connect provider, such as https://HOST/realms/REALM");
        assertThatThrownBy(() -> Settings.load(
                        new EnvironmentVariables(Map.of(
                                "RELAY_CONSOLE_AUTH",
                                "oidc",
                                "QUARKUS_OIDC_AUTH_SERVER_URL",
                                "http://login.example/realms/r",
                                "RELAY_CONSOLE_USERS_FILE",
                                "users")),
                        file))
                .hasMessageContaining("quarkus.oidc.auth-server-url=http://login.example/realms/r: not https;")
                .hasMessageContaining("quarkus.oidc.client-id is not set")
                .hasMessageContaining("relay.console.auth=oidc reads no users");
        RelaySettings settings = Settings.load(
                new EnvironmentVariables(Map.of(
                        "RELAY_CONSOLE_AUTH",
                        "oidc",
                        "RELAY_CONSOLE_HOSTS",
                        "relay.example",
                        "QUARKUS_OIDC_AUTH_SERVER_URL",
                        "https://login.example/realms/r",
                        "QUARKUS_OIDC_CLIENT_ID",
                        "relay")),
                file);
        assertThat(settings.console().auth()).isEqualTo(ConsoleAuth.OIDC);
    }

    @Test
    void aTokenIsForTheRelayUnlessAnotherAudienceIsSet(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("application.properties"), OIDC);
        EnvironmentVariables none = new EnvironmentVariables(Map.of());
        assertThat(Settings.sources(none, file).build().getValue("quarkus.oidc.token.audience", String.class))
                .isEqualTo("relay");
        assertThat(Settings.load(none, file).console().auth()).isEqualTo(ConsoleAuth.OIDC);
        Files.writeString(file, OIDC + "quarkus.oidc.token.audience=api://relay\n");
        assertThat(Settings.sources(none, file).build().getValue("quarkus.oidc.token.audience", String.class))
                .isEqualTo("api://relay");
        assertThat(Settings.load(none, file).console().auth()).isEqualTo(ConsoleAuth.OIDC);
        for (String blank : List.of("", " ")) {
            Files.writeString(file, OIDC + "quarkus.oidc.token.audience=" + blank + "\n");
            assertThatThrownBy(() -> Settings.load(none, file))
                    .hasMessage("quarkus.oidc.token.audience is empty: the relay would accept tokens that were made for"
                            + " other clients; set it to the audience of the relay's tokens, or remove it to require"
                            + " quarkus.oidc.client-id");
        }
    }

    @Test
    void settingsOfQuarkusWithWhichNobodyCouldLogInAreRefused(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("application.properties");
        EnvironmentVariables none = new EnvironmentVariables(Map.of());
        for (String set : List.of(
                "quarkus.oidc.application-type=service",
                "quarkus.oidc.authentication.redirect-path=/callback",
                "quarkus.oidc.authentication.restore-path-after-redirect=false",
                "quarkus.oidc.authentication.response-mode=form_post",
                "quarkus.oidc.authentication.error-path=/error",
                "quarkus.oidc.authentication.session-expired-path=/expired",
                "quarkus.oidc.logout.path=/logout",
                "quarkus.oidc.logout.post-logout-path=/bye")) {
            Files.writeString(file, OIDC + set + "\n");
            assertThatThrownBy(() -> Settings.load(none, file))
                    .hasMessage(set + ": the relay serves no such login or logout; remove the setting");
        }
        Files.writeString(
                file,
                OIDC + "quarkus.oidc.authentication.redirect-path=/\n"
                        + "quarkus.oidc.authentication.response-mode=query\n");
        assertThat(Settings.load(none, file).console().auth()).isEqualTo(ConsoleAuth.OIDC);
    }

    private static String problem(String key, String value) {
        System.setProperty(key, value);
        try {
            SettingsException failure = catchThrowableOfType(SettingsException.class, Settings::load);
            assertThat(failure).as(key + "=" + value).isNotNull();
            assertThat(failure.getMessage().lines()).hasSize(1);
            return failure.getMessage();
        } finally {
            System.clearProperty(key);
        }
    }
}

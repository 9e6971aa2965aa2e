package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values as operators write them into the environment and into application.properties. */
class SettingsSourcesTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pa$$word",
                "abc${def}ghi",
                "${relay.data-dir}",
                "abc${def:ghi}",
                "$",
                "ends in $",
                "$$$$",
                "a\\$b",
                "a\\\\${b}",
                "C:\\secrets\\$x\\",
                "${aes::x}",
                "{{key}} and }}",
                "p%24+w&d#?=;,\"'",
                " leading and trailing "
            })
    void takesASecretOfTheEnvironmentLiterally(String secret) {
        SmallRyeConfig config =
                config(Map.of("SFTP_PASSWORD", secret, "DM_API_KEY", secret), "relay.api.key=${DM_API_KEY:}");
        assertThat(config.getValue("sftp.password", String.class)).isEqualTo(secret);
        assertThat(config.getValue("relay.api.key", String.class)).isEqualTo(secret);
    }

    @Test
    void takesOtherVariablesLiterallyToo() {
        SmallRyeConfig config = config(Map.of("ARCHIVE_DIRECTORY", "/mnt/${share}/$$"), "");
        assertThat(config.getValue("archive.directory", String.class)).isEqualTo("/mnt/${share}/$$");
    }

    @Test
    void expandsReferencesOfTheFile() {
        SmallRyeConfig config = config(
                Map.of("SHARE", "pa$$word"),
                "relay.data-dir=x\narchive.directory=${relay.data-dir}/${share}/$${literal}");
        assertThat(config.getValue("archive.directory", String.class)).isEqualTo("x/pa$$word/${literal}");
    }

    @ParameterizedTest
    @CsvSource({
        "DM_API_KEY, 'dm_sk_live_x\n', dm_sk_live_x",
        "SFTP_PASSWORD, 's3cret\r\n', s3cret",
        "SFTP_PASSWORD, 's3cret ', 's3cret '",
        "RELAY_POLL_PERIOD, '5s \t', 5s",
        "SFTP_HOST, 'sftp.partner.example\u00A0', sftp.partner.example",
    })
    void dropsBlanksBehindAVariableAndOnlyLineBreaksBehindASecret(String name, String value, String read) {
        assertThat(config(Map.of(name, value), "").getValue(name, String.class)).isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource({
        "SFTP_PORT, tcp://10.96.0.12:22, sftp.port, 2222",
        "RELAY_HTTP_PORT, tcp://10.96.0.12:8080, relay.http.port, 9090",
        "QUARKUS_HTTP_PORT, tcp://[fd00::12]:80, quarkus.http.port, 8081",
        "JMS_BROKER_PORT, udp://broker:61616, jms.broker-port, 61617",
        "RELAY_API_PORT, tcp://10.96.0.12:443, relay.api.port, 443",
        "SFTP_PORT, sctp://[fd00::1]:8080, sftp.port, 2222",
        "SFTP_PORT, quic://10.96.0.12:443, sftp.port, 2222",
    })
    void ignoresAVariableThatKubernetesCreatesForAService(String name, String value, String key, String set) {
        EnvironmentVariables environment = new EnvironmentVariables(Map.of(name, value));
        assertThat(environment.servicePorts()).containsExactly(name);
        assertThat(environment.warning()).hasValueSatisfying(warning -> assertThat(warning)
                .contains(": " + name + "; set enableServiceLinks: false"));
        assertThat(config(Map.of(name, value), "").getOptionalValue(key, String.class))
                .isNotEqualTo(value);
        assertThat(config(Map.of(name, value), key + "=" + set).getValue(key, String.class))
                .isEqualTo(set);
    }

    @Test
    void namesAFewOfManyVariablesOfServicesInOneWarning() {
        Map<String, String> services = IntStream.range(1, 9)
                .boxed()
                .collect(Collectors.toMap(i -> "S" + i + "_PORT", i -> "tcp://10.96.0.1:80"));
        assertThat(new EnvironmentVariables(services).warning()).hasValueSatisfying(warning -> assertThat(warning)
                .contains(": S1_PORT, S2_PORT, S3_PORT, S4_PORT, S5_PORT and 3 more;"));
        assertThat(new EnvironmentVariables(Map.of("SFTP_PORT", "22")).warning())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"RELAY_POLL_PERIOD, ''", "RELAY_POLL_PERIOD, ' '", "relay.poll.period, ''", "RELAY_POLL_PERIOD, '\r\n'"
    })
    void ignoresAnEmptyVariableInFavourOfTheValueOfTheFile(String name, String value) throws IOException {
        assertThat(Settings.load(new EnvironmentVariables(Map.of(name, value)), file("relay.poll.period=7s"))
                        .poll()
                        .period())
                .isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void ignoresAnEmptySecretAndAnEmptyKeyOfARoute() {
        SmallRyeConfig config = config(
                Map.of("SFTP_PASSWORD", "", "ARCHIVE_DIRECTORY", "", "DM_API_KEY", ""),
                "sftp.password=s3cret\narchive.directory=/mnt\nrelay.api.key=${DM_API_KEY:dm_sk_live_x}");
        assertThat(config.getValue("sftp.password", String.class)).isEqualTo("s3cret");
        assertThat(config.getValue("archive.directory", String.class)).isEqualTo("/mnt");
        assertThat(config.getValue("relay.api.key", String.class)).isEqualTo("dm_sk_live_x");
    }

    @Test
    void startsWithTheDefaultPortWhereAServiceIsNamedLikeASetting() throws IOException {
        Map<String, String> environment = Map.of(
                "RELAY_HTTP_PORT", "tcp://10.96.0.12:8080",
                "RELAY_HTTP_PORT_8080_TCP", "tcp://10.96.0.12:8080",
                "RELAY_HTTP_PORT_8080_TCP_ADDR", "10.96.0.12",
                "RELAY_HTTP_SERVICE_HOST", "10.96.0.12",
                "RELAY_PORT", "tcp://10.96.0.13:80",
                "RELAY_SERVICE_PORT", "80");
        assertThat(Settings.load(new EnvironmentVariables(environment), file(""))
                        .http()
                        .port())
                .isEqualTo(8080);
    }

    @ParameterizedTest
    @CsvSource({"SFTP_PORT, 2222", "SFTP_URL, tcp://10.96.0.12:22", "SFTP_PORT_22_TCP_ADDR, 10.96.0.12"})
    void takesAnyOtherVariable(String name, String value) {
        assertThat(new EnvironmentVariables(Map.of(name, value)).servicePorts()).isEmpty();
        assertThat(config(Map.of(name, value), "").getValue(name, String.class)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE"})
    void readsAFileWithAByteOrderMark(String charset) throws IOException {
        Path file = directory.resolve("application.properties");
        Files.write(file, "\uFEFFrelay.poll.period=7s\narchive.directory=übung\n".getBytes(Charset.forName(charset)));
        assertThat(Settings.load(new EnvironmentVariables(Map.of()), file)
                        .poll()
                        .period())
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(config(Map.of(), file).getValue("archive.directory", String.class))
                .isEqualTo("übung");
    }

    @Test
    void namesAMisspeltSettingBehindAByteOrderMark() throws IOException {
        Path file = file("\uFEFFrelay.pol.period=7s\n");
        assertThatThrownBy(() -> Settings.load(new EnvironmentVariables(Map.of()), file))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("relay.pol.period is not a setting of the relay");
    }

    @ParameterizedTest
    @MethodSource("linesWithBlanks")
    void dropsBlanksBehindAValueOfTheFile(String lines, String value) {
        assertThat(config(Map.of(), lines).getValue("x.y", String.class)).isEqualTo(value);
    }

    static Stream<Arguments> linesWithBlanks() {
        return Stream.of(
                arguments("x.y=/mnt/archive   ", "/mnt/archive"),
                arguments("x.y=/mnt/archive\t", "/mnt/archive"),
                arguments("x.y=/mnt/archive\u00A0\nz=1", "/mnt/archive"),
                arguments("x.y=/mnt/archive \r\nz=1\r\n", "/mnt/archive"),
                arguments("x.y = /mnt/archive", "/mnt/archive"),
                arguments("x.y=C:\\\\data\\\\ ", "C:\\data\\"),
                arguments("x.y=an escaped blank\\ ", "an escaped blank "),
                arguments("x.y=an escaped blank\\u0020", "an escaped blank "),
                arguments("x.y=a,\\\n  b ", "a,b"));
    }

    @Test
    void saysWhyAFileCannotBeRead() {
        assertThatThrownBy(() -> config(Map.of(), "x=\\u12"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("application.properties cannot be read: ");
    }

    private SmallRyeConfig config(Map<String, String> environment, String content) {
        return config(environment, file(content));
    }

    private static SmallRyeConfig config(Map<String, String> environment, Path file) {
        return Settings.sources(new EnvironmentVariables(environment), file).build();
    }

    private Path file(String content) {
        try {
            return Files.writeString(directory.resolve("application.properties"), content, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

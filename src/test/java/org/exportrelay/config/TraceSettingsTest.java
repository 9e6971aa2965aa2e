package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of OpenTelemetry's variables turn tracing on, and which of them cannot be used. */
class TraceSettingsTest {

    @TempDir
    private Path directory;

    @Test
    void isOffWithoutVariables() throws Exception {
        assertThat(read(Map.of())).isEqualTo(new TraceSettings(false, Optional.empty(), Map.of()));
    }

    /** A name alone may be set for every container of a cluster. */
    @Test
    void isOffWithVariablesThatNameNoReceiver() throws Exception {
        assertThat(read(Map.of(
                                "OTEL_SERVICE_NAME",
                                "relay",
                                "OTEL_SDK_DISABLED",
                                "false",
                                "OTEL_TRACES_SAMPLER",
                                "always_on"))
                        .isOn())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces",
                "OTEL_TRACES_EXPORTER=otlp"
            })
    void isOnWithEachVariableThatNamesAReceiver(String variable) throws Exception {
        String[] parts = variable.split("=");
        TraceSettings settings = read(Map.of(parts[0], parts[1], "OTEL_SERVICE_NAME", "relay"));
        assertThat(settings.isOn()).isTrue();
        assertThat(settings.problem()).isEmpty();
        assertThat(settings.properties())
                .containsEntry(parts[0].toLowerCase().replace('_', '.'), parts[1])
                .containsEntry("otel.service.name", "relay");
    }

    @ParameterizedTest
    @ValueSource(strings = {"OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true", "OTEL_SDK_DISABLED=TRUE"})
    void isOffWithAVariableThatTurnsItOff(String variable) throws Exception {
        String[] parts = variable.split("=");
        TraceSettings settings =
                read(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", parts[0], parts[1]));
        assertThat(settings.isOn()).isFalse();
        assertThat(settings.problem()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OTEL_TRACES_EXPORTER=zipkin",
                "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json"
            })
    void isOffWithAReasonIfAVariableAsksForWhatTheRelayHasNot(String variable) throws Exception {
        String[] parts = variable.split("=");
        TraceSettings settings =
                read(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", parts[0], parts[1]));
        assertThat(settings.isOn()).isFalse();
        assertThat(settings.problem()).get().asString().contains(parts[1]).contains("; write ");
        assertThat(settings.properties()).isEmpty();
    }

    @Test
    void takesThemFromApplicationPropertiesToo() throws Exception {
        Path file = Files.writeString(
                directory.resolve("application.properties"),
                "otel.exporter.otlp.endpoint=http://collector:4318\notel.service.name=file\n");
        TraceSettings settings = TraceSettings.of(
                Settings.sources(new EnvironmentVariables(Map.of("OTEL_SERVICE_NAME", "environment")), file)
                        .build());
        assertThat(settings.properties())
                .containsEntry("otel.exporter.otlp.endpoint", "http://collector:4318")
                .containsEntry("otel.service.name", "environment");
    }

    @Test
    void theKeyOfTheCollectorIsASecret() throws Exception {
        read(Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318",
                "OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a-tenant,x-key=k3y-of-the-collector"));
        assertThat(Secrets.masked("refused k3y-of-the-collector")).isEqualTo("refused …");
    }

    private TraceSettings read(Map<String, String> environment) throws Exception {
        return TraceSettings.of(
                Settings.sources(new EnvironmentVariables(environment), directory.resolve("application.properties"))
                        .build());
    }
}

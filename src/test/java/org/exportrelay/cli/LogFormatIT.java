package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** relay.log.format of the installed relay. */
@Execution(ExecutionMode.CONCURRENT)
class LogFormatIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void eachLineOfARunIsAnObjectAndSaysInFieldsWhatWasDelivered() throws Exception {
        RelayChild relay = RelayChild.in(directory.resolve("json"));
        List<JsonNode> lines = logged(relay, "json");
        assertThat(lines).allSatisfy(line -> assertThat(line.has("event")).isTrue());
        assertThat(lines).extracting(line -> line.get("event").asText()).contains("relay.started", "once.ended");
        assertThat(lines)
                .filteredOn(line -> line.get("event").asText().equals("delivery.delivered"))
                .hasSameSizeAs(relay.archived())
                .isNotEmpty()
                .allSatisfy(line -> {
                    assertThat(line.get("destination").asText()).isEqualTo("archive");
                    assertThat(line.get("attempt").asText()).isEqualTo("1");
                    assertThat(line.get("file").asText())
                            .contains(line.get("export").asText());
                    assertThat(line.get("delivery").asText()).isNotEmpty();
                    assertThat(line.get("message").asText()).startsWith("exports:archive: delivered ");
                });
    }

    @Test
    void theElasticCommonSchemaHasTheSameLines() throws Exception {
        RelayChild relay = RelayChild.in(directory.resolve("ecs"));
        assertThat(logged(relay, "ecs"))
                .filteredOn(line -> line.path("event.action").asText().equals("delivery.delivered"))
                .hasSameSizeAs(relay.archived())
                .isNotEmpty()
                .allSatisfy(line ->
                        assertThat(line.get("labels.destination").asText()).isEqualTo("archive"));
    }

    private static List<JsonNode> logged(RelayChild relay, String format) throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(SandboxOptions.defaults().withExports(3).withArrivalPeriod(Duration.ZERO))) {
            Ended ended = relay.at(sandbox).with("relay.log.format", format).run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            return ended.err().lines().map(LogFormatIT::parsed).toList();
        }
    }

    private static JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }
}

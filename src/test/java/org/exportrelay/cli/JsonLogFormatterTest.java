package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.exportrelay.config.LogFormat;
import org.exportrelay.config.Secrets;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.Test;

class JsonLogFormatterTest {

    private static final Logger LOG = Logger.getLogger(JsonLogFormatterTest.class);
    private static final String SECRET = "s3cret-of-the-json-log";

    @Test
    void aLineIsOneObjectWithItsEventAndItsFields() throws Exception {
        JsonNode line = written(LogFormat.JSON, () -> LogEvent.DELIVERY_DELIVERED
                .on(LOG)
                .with(Map.of(LogField.EXPORT, "e1", LogField.ATTEMPT, 2))
                .with(LogField.DESTINATION, "archive")
                .with(LogField.FILE, null)
                .infof("delivered %d\n\"records\"", 7));
        assertThat(line.get("event").asText()).isEqualTo("delivery.delivered");
        assertThat(line.get("export").asText()).isEqualTo("e1");
        assertThat(line.get("destination").asText()).isEqualTo("archive");
        assertThat(line.get("attempt").asText()).isEqualTo("2");
        assertThat(line.has("file")).isFalse();
        assertThat(line.get("message").asText()).isEqualTo("delivered 7\n\"records\"");
        assertThat(line.get("level").asText()).isEqualTo("INFO");
        assertThat(line.get("loggerName").asText()).isEqualTo(JsonLogFormatterTest.class.getName());
        assertThat(line.get("timestamp").asText()).endsWith("Z");
    }

    @Test
    void theElasticCommonSchemaHasItsOwnNames() throws Exception {
        JsonNode line = written(LogFormat.ECS, () -> LogEvent.DESTINATION_DOWN
                .on(LOG)
                .with(LogField.DESTINATION, "partner")
                .errorf(new IllegalStateException("broken"), "down"));
        assertThat(line.get("event.action").asText()).isEqualTo("destination.down");
        assertThat(line.get("labels.destination").asText()).isEqualTo("partner");
        assertThat(line.get("log.level").asText()).isEqualTo("ERROR");
        assertThat(line.get("ecs.version").asText()).isNotEmpty();
        assertThat(line.get("@timestamp").asText()).endsWith("Z");
        assertThat(line.get("error.stack_trace").asText())
                .startsWith("java.lang.IllegalStateException: broken")
                .contains("at ");
    }

    @Test
    void noSecretIsInTheMessageInAFieldOrInAnException() throws Exception {
        Secrets.register(SECRET);
        JsonNode line = written(LogFormat.JSON, () -> LogEvent.DELIVERY_PARKED
                .on(LOG)
                .with(LogField.FILE, SECRET + ".csv")
                .with(LogField.DESTINATION, "https://host/file?X-Goog-Signature=abcdef123456")
                .errorf(new IllegalStateException("sent " + SECRET), "refused %s", SECRET));
        assertThat(line.toString()).doesNotContain(SECRET).doesNotContain("abcdef123456");
        assertThat(line.get("file").asText()).endsWith(".csv");
    }

    /** Threads that a library starts would inherit it, and write it for as long as they live. */
    @Test
    void theContextOfTheThreadIsEmptyAfterALine() throws Exception {
        written(LogFormat.JSON, () -> LogEvent.DESTINATION_UP
                .on(LOG)
                .with(LogField.DESTINATION, "partner")
                .info("up"));
        assertThat(MDC.getMap()).doesNotContainKeys("event", "destination");
    }

    /** As a handler of the log writes it. */
    private static JsonNode written(LogFormat format, Runnable log) throws IOException {
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {

            @Override
            public void publish(LogRecord record) {
                new SecretsFilter().isLoggable(record);
                lines.add(new JsonLogFormatter(format).format((ExtLogRecord) record));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        java.util.logging.Logger logger = java.util.logging.Logger.getLogger(JsonLogFormatterTest.class.getName());
        logger.addHandler(handler);
        try {
            log.run();
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(lines).singleElement().asString().endsWith("}\n").satisfies(line -> assertThat(line.strip())
                .doesNotContain("\n"));
        return new ObjectMapper().readTree(lines.get(0));
    }
}

package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import org.exportrelay.config.LogFormat;
import org.exportrelay.config.Secrets;
import org.exportrelay.log.LogField;
import org.jboss.logmanager.ExtFormatter;
import org.jboss.logmanager.ExtLogRecord;

/**
 * Writes a log record as a JSON object in one line, with the fields of {@link LogField}. {@link SecretsFilter} has masked
 * its message and its exception. Thread-safe.
 */
final class JsonLogFormatter extends ExtFormatter {

    private static final JsonFactory JSON = new JsonFactory();

    private final Names names;

    /**
     * @param format JSON or ECS
     */
    JsonLogFormatter(LogFormat format) {
        this.names = format == LogFormat.ECS ? Names.OF_ECS : Names.OF_QUARKUS;
    }

    @Override
    public String format(ExtLogRecord record) {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField(names.time(), record.getInstant().toString());
            json.writeStringField(names.level(), record.getLevel().getName());
            json.writeStringField(names.logger(), record.getLoggerName());
            json.writeStringField(names.thread(), record.getThreadName());
            for (Map.Entry<String, String> constant : names.constants().entrySet()) {
                json.writeStringField(constant.getKey(), constant.getValue());
            }
            write(json, names.event(), record.getMdc(LogField.EVENT));
            for (LogField field : LogField.values()) {
                write(json, names.fieldPrefix() + field.text(), record.getMdc(field.text()));
            }
            json.writeStringField("message", record.getFormattedMessage());
            if (record.getThrown() != null) {
                json.writeStringField(names.stackTrace(), stackTrace(record.getThrown()));
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.append('\n').toString();
    }

    private static void write(JsonGenerator json, String name, String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, Secrets.masked(value));
        }
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    /** The names of a format. */
    private record Names(
            String time,
            String level,
            String logger,
            String thread,
            String event,
            String fieldPrefix,
            String stackTrace,
            Map<String, String> constants) {

        static final Names OF_QUARKUS =
                new Names("timestamp", "level", "loggerName", "threadName", LogField.EVENT, "", "exception", Map.of());

        static final Names OF_ECS = new Names(
                "@timestamp",
                "log.level",
                "log.logger",
                "process.thread.name",
                "event.action",
                "labels.",
                "error.stack_trace",
                Map.of("ecs.version", "8.11.0", "service.name", "export-relay"));
    }
}

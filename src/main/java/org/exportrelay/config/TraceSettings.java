package org.exportrelay.config;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;

/**
 * Whether the relay exports traces: the standard variables of OpenTelemetry decide, in the environment or in any other
 * source of settings. Off unless one of them names an exporter or where to send spans to.
 *
 * @param isOn whether spans are exported
 * @param problem why they are not, although they should be
 * @param properties all variables of OpenTelemetry, as its SDK names them; none while tracing is off
 */
public record TraceSettings(boolean isOn, Optional<String> problem, Map<String, String> properties) {

    private static final String PREFIX = "otel.";
    private static final String DISABLED = "otel.sdk.disabled";
    private static final String EXPORTER = "otel.traces.exporter";
    private static final String ENDPOINT = "otel.exporter.otlp.endpoint";
    private static final String TRACES_ENDPOINT = "otel.exporter.otlp.traces.endpoint";
    private static final String PROTOCOL = "otel.exporter.otlp.protocol";
    private static final String TRACES_PROTOCOL = "otel.exporter.otlp.traces.protocol";
    /** The headers of a request to the collector contain its key. */
    private static final String HEADERS = ".headers";

    private static final String OTLP = "otlp";
    private static final String HTTP = "http/protobuf";

    /** Reads the variables. */
    public static TraceSettings of(Config config) {
        String exporter = value(config, EXPORTER).orElse("");
        boolean isWanted = !exporter.isEmpty()
                || value(config, ENDPOINT).isPresent()
                || value(config, TRACES_ENDPOINT).isPresent();
        boolean isDisabled = "none".equals(exporter)
                || value(config, DISABLED).filter("true"::equalsIgnoreCase).isPresent();
        if (!isWanted || isDisabled) {
            return new TraceSettings(false, Optional.empty(), Map.of());
        }
        Optional<String> problem = exporterProblem(exporter).or(() -> protocolProblem(config));
        return new TraceSettings(problem.isEmpty(), problem, problem.isEmpty() ? properties(config) : Map.of());
    }

    private static Optional<String> exporterProblem(String exporter) {
        return exporter.isEmpty() || exporter.equals(OTLP)
                ? Optional.empty()
                : Optional.of("OTEL_TRACES_EXPORTER=" + exporter
                        + ": the relay has only the exporter otlp; write otlp, or" + " none to export no traces");
    }

    private static Optional<String> protocolProblem(Config config) {
        return Stream.of(TRACES_PROTOCOL, PROTOCOL)
                .filter(name -> value(config, name).isPresent())
                .findFirst()
                .map(name -> Map.entry(name, value(config, name).orElseThrow()))
                .filter(protocol -> !protocol.getValue().equals(HTTP))
                .map(protocol -> protocol.getKey().toUpperCase(Locale.ROOT).replace('.', '_') + "="
                        + protocol.getValue() + ": the relay sends spans as " + HTTP
                        + " only; write that, and an endpoint that accepts it, which usually has port 4318");
    }

    private static Map<String, String> properties(Config config) {
        Map<String, String> properties = new TreeMap<>();
        for (String name : config.getPropertyNames()) {
            String property = name.toLowerCase(Locale.ROOT).replace('_', '.');
            if (property.startsWith(PREFIX)) {
                value(config, property).or(() -> value(config, name)).ifPresent(text -> properties.put(property, text));
            }
        }
        properties.forEach((name, text) -> {
            if (name.endsWith(HEADERS)) {
                registerSecrets(text);
            }
        });
        return properties;
    }

    /** {@code name=value,name=value}, each value encoded as in a URL. */
    private static void registerSecrets(String headers) {
        Secrets.register(headers);
        for (String header : headers.split(",")) {
            Secrets.register(header.substring(header.indexOf('=') + 1).strip());
        }
    }

    private static Optional<String> value(Config config, String name) {
        return config.getOptionalValue(name, String.class).map(String::strip).filter(text -> !text.isEmpty());
    }
}

package org.exportrelay.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The SDK of OpenTelemetry, which collects spans and sends them in batches. Exists only while tracing is on. Thread-safe. */
final class SpanExport implements AutoCloseable {

    private static final String NAME = "export-relay";
    private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
    private static final AttributeKey<String> SERVICE_VERSION = AttributeKey.stringKey("service.version");
    /** The name that the SDK gives where none is set. */
    private static final String UNKNOWN = "unknown_service";
    /** For what is left at the end, of the time that {@code relay.shutdown-timeout} leaves. */
    private static final long LAST_EXPORT_SECONDS = 3;

    /** Metrics are for Prometheus, and the log is a file: only spans go this way. */
    private static final Map<String, String> ONLY_TRACES =
            Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none");

    private static final Map<String, String> DEFAULTS = Map.of("otel.exporter.otlp.protocol", "http/protobuf");

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;

    private SpanExport(OpenTelemetrySdk sdk, String version) {
        this.sdk = sdk;
        this.tracer = sdk.getTracerProvider().get(NAME, version);
    }

    /**
     * @param properties as the SDK names them
     * @throws RuntimeException if one is wrong
     */
    static SpanExport start(Map<String, String> properties, String version) {
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesSupplier(() -> DEFAULTS)
                .addPropertiesCustomizer(config -> properties)
                .addPropertiesCustomizer(config -> ONLY_TRACES)
                .addResourceCustomizer((resource, config) -> named(resource, version))
                .build()
                .getOpenTelemetrySdk();
        return new SpanExport(sdk, version);
    }

    private static Resource named(Resource resource, String version) {
        Resource versioned =
                Resource.builder().put(SERVICE_VERSION, version).build().merge(resource);
        String name = resource.getAttribute(SERVICE_NAME);
        return name == null || name.startsWith(UNKNOWN)
                ? versioned.merge(Resource.builder().put(SERVICE_NAME, NAME).build())
                : versioned;
    }

    RelaySpan poll() {
        return begin("poll", SpanKind.INTERNAL, List.of());
    }

    RelaySpan download(List<String> links) {
        return begin("download", SpanKind.CLIENT, links);
    }

    RelaySpan delivery(List<String> links) {
        return begin("delivery", SpanKind.PRODUCER, links);
    }

    private RelaySpan begin(String name, SpanKind kind, List<String> links) {
        SpanBuilder builder = tracer.spanBuilder(name).setParent(Context.root()).setSpanKind(kind);
        for (String link : links) {
            SpanContext context = Traceparent.parse(link);
            if (context.isValid()) {
                builder.addLink(context);
            }
        }
        return new RelaySpan(builder.startSpan(), sdk.getPropagators().getTextMapPropagator());
    }

    @Override
    public void close() {
        sdk.shutdown().join(LAST_EXPORT_SECONDS, TimeUnit.SECONDS);
    }
}

package org.exportrelay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.exportrelay.testing.LocalServer.body;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span.Link;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A collector of OpenTelemetry that accepts OTLP over HTTP on 127.0.0.1, and keeps what it has received. */
public final class TraceCollector implements AutoCloseable {

    private static final String PATH = "/v1/traces";

    private final LocalServer server = new LocalServer();

    public TraceCollector() {
        server.answer(PATH, body(200, "application/x-protobuf", ""));
    }

    /** What {@code OTEL_EXPORTER_OTLP_ENDPOINT} is set to. */
    public String endpoint() {
        return server.url("").toString();
    }

    /** All requests, as text: protobuf writes texts as they are. */
    public String text() {
        return server.requests().stream()
                .map(request -> new String(request.body(), StandardCharsets.ISO_8859_1))
                .collect(Collectors.joining());
    }

    /** The headers of a request. */
    public String header(String name) {
        return server.requests().get(0).headers().getFirst(name);
    }

    /** The attributes of the process that sent the first span. */
    public Map<String, String> resource() {
        return attributes(received().get(0).getResource().getAttributesList());
    }

    /** In the order in which they were received. */
    public List<Span> spans() {
        return received().stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .map(TraceCollector::span)
                .toList();
    }

    private List<ResourceSpans> received() {
        return server.requests().stream()
                .flatMap(request -> parse(request.body()).getResourceSpansList().stream())
                .toList();
    }

    private static ExportTraceServiceRequest parse(byte[] body) {
        try {
            return ExportTraceServiceRequest.parseFrom(body);
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Span span(io.opentelemetry.proto.trace.v1.Span span) {
        return new Span(
                span.getName(),
                context(span.getTraceId(), span.getSpanId()),
                attributes(span.getAttributesList()),
                span.getLinksList().stream().map(TraceCollector::context).toList(),
                span.getStatus().getCode() == StatusCode.STATUS_CODE_ERROR);
    }

    private static String context(Link link) {
        return context(link.getTraceId(), link.getSpanId());
    }

    private static String context(ByteString traceId, ByteString spanId) {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(traceId.toByteArray()) + "-" + hex.formatHex(spanId.toByteArray());
    }

    /** The context that a header {@code traceparent} of a sampled span names. */
    public static String context(String traceparent) {
        assertThat(traceparent).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]");
        return traceparent.substring("00-".length(), traceparent.length() - "-01".length());
    }

    private static Map<String, String> attributes(List<KeyValue> attributes) {
        return attributes.stream().collect(Collectors.toMap(KeyValue::getKey, attribute -> text(attribute.getValue())));
    }

    private static String text(AnyValue value) {
        return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
    }

    @Override
    public void close() {
        server.close();
    }

    /**
     * A span.
     *
     * @param context of the trace and in it, as in {@code traceparent}
     * @param links the contexts that it links to
     */
    public record Span(
            String name, String context, Map<String, String> attributes, List<String> links, boolean isError) {

        public String attribute(String key) {
            return attributes.get(key);
        }
    }
}

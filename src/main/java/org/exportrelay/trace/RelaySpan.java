package org.exportrelay.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A span that is being recorded, or none while tracing is off. Its attributes are identifiers and numbers: no URL, no
 * message of a failure and nothing of a file, since those may contain a credential or data. Thread-safe.
 */
public final class RelaySpan {

    /** While tracing is off: does nothing, and loads no class of OpenTelemetry. */
    public static final RelaySpan OFF = new RelaySpan(null, null);

    private final Span span;
    private final TextMapPropagator propagator;

    RelaySpan(Span span, TextMapPropagator propagator) {
        this.span = span;
        this.propagator = propagator;
    }

    /** Adds an attribute. */
    public RelaySpan with(SpanAttribute attribute, long value) {
        if (span != null) {
            span.setAttribute(attribute.text(), value);
        }
        return this;
    }

    /** Adds an attribute; none if the value is null. */
    public RelaySpan with(SpanAttribute attribute, String value) {
        if (span != null && value != null) {
            span.setAttribute(attribute.text(), value);
        }
        return this;
    }

    /** What was done did not succeed. */
    public RelaySpan failed(Throwable failure) {
        if (span != null) {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute("error.type", failure.getClass().getName());
        }
        return this;
    }

    /** Only the first call has an effect. */
    public void end() {
        if (span != null) {
            span.end();
        }
    }

    /** As W3C Trace Context writes it; empty while tracing is off. */
    public Optional<String> traceparent() {
        return span == null ? Optional.empty() : Optional.of(Traceparent.of(span.getSpanContext()));
    }

    /** The headers with which a message carries this span's context; none while tracing is off. */
    public Map<String, String> headers() {
        if (span == null) {
            return Map.of();
        }
        Map<String, String> headers = new HashMap<>();
        propagator.inject(Context.root().with(span), headers, Map::put);
        return headers;
    }
}

package org.exportrelay.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import java.util.Map;

/** The context of a span as the header {@code traceparent} of W3C Trace Context, which the ledger keeps. */
final class Traceparent {

    private static final String HEADER = "traceparent";

    private Traceparent() {}

    static String of(SpanContext context) {
        return "00-" + context.getTraceId() + "-" + context.getSpanId() + "-"
                + context.getTraceFlags().asHex();
    }

    /** Invalid if it cannot be parsed. */
    static SpanContext parse(String traceparent) {
        Context context = W3CTraceContextPropagator.getInstance()
                .extract(Context.root(), Map.of(HEADER, traceparent), new Header());
        return Span.fromContext(context).getSpanContext();
    }

    private static final class Header implements TextMapGetter<Map<String, String>> {

        @Override
        public Iterable<String> keys(Map<String, String> headers) {
            return List.copyOf(headers.keySet());
        }

        @Override
        public String get(Map<String, String> headers, String key) {
            return headers == null ? null : headers.get(key);
        }
    }
}

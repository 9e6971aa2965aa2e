package org.exportrelay.destinations;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import java.util.Locale;
import org.apache.camel.Component;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.jms.JmsHeaderFilterStrategy;
import org.apache.camel.http.base.HttpHeaderFilterStrategy;
import org.apache.camel.spi.ComponentCustomizer;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.apache.camel.spi.HeaderFilterStrategyAware;
import org.exportrelay.component.DeliveryExchanges;

/**
 * Keeps the headers of a delivery when a server answers with headers of the same names: a later step of the route may
 * name a file by them. Headers that a route receives, not as an answer to a delivery, are not affected. Thread-safe.
 */
@Singleton
@Unremovable
final class AnswerHeaders implements ComponentCustomizer {

    private static final String PREFIX = "export";

    @Override
    public boolean isEnabled(String name, Component component) {
        return component instanceof HeaderFilterStrategyAware;
    }

    @Override
    public void configure(String name, Component component) {
        HeaderFilterStrategyAware aware = (HeaderFilterStrategyAware) component;
        HeaderFilterStrategy before = aware.getHeaderFilterStrategy();
        if (before == null) {
            before = defaultOf(component);
        }
        if (before != null) {
            aware.setHeaderFilterStrategy(new OwnHeadersKept(before));
        }
    }

    /** Which the component would set later, or its endpoints. */
    private static HeaderFilterStrategy defaultOf(Component component) {
        if (component instanceof HttpComponent) {
            return new HttpHeaderFilterStrategy();
        }
        return component instanceof JmsComponent jms
                ? new JmsHeaderFilterStrategy(jms.isIncludeAllJMSXProperties())
                : null;
    }

    private record OwnHeadersKept(HeaderFilterStrategy others) implements HeaderFilterStrategy {

        @Override
        public boolean applyFilterToCamelHeaders(String header, Object value, Exchange exchange) {
            return others.applyFilterToCamelHeaders(header, value, exchange);
        }

        @Override
        public boolean applyFilterToExternalHeaders(String header, Object value, Exchange exchange) {
            return isOwn(header) && isDelivery(exchange)
                    || others.applyFilterToExternalHeaders(header, value, exchange);
        }

        private static boolean isOwn(String header) {
            return header.toLowerCase(Locale.ROOT).startsWith(PREFIX);
        }

        private static boolean isDelivery(Exchange exchange) {
            return exchange != null && exchange.getProperty(DeliveryExchanges.DELIVERY) != null;
        }
    }
}

package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.event.DefaultEventFactory;
import org.apache.camel.spi.EventFactory;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.DefaultProducer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which of Camel's events are created on the way of an export: each one costs time, for each part of a split. */
class HandoverNotifierTest {

    private final List<String> events = Collections.synchronizedList(new ArrayList<>());
    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() throws Exception {
        context.getManagementStrategy().setEventFactory(recording());
        context.getManagementStrategy().addEventNotifier(new HandoverNotifier());
        context.addComponent("partner", new Partner());
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:split").split(body()).streaming().to("direct:part");
                from("direct:part").setHeader("x", constant("y")).to("log:part?level=OFF", "partner:open");
                from("direct:closed")
                        .doTry()
                        .to("partner:closed")
                        .doCatch(Exception.class)
                        .end();
            }
        });
        context.start();
        events.clear();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void theFirstSendIsMeasuredAndTheOthersOnlyAnnounced() {
        Exchange exchange = new DefaultExchange(context);
        Handover handover = Handover.begin(exchange);
        exchange.getMessage().setBody(IntStream.range(0, 100).boxed().toList());
        context.createProducerTemplate().send("direct:split", exchange);
        assertThat(exchange.getException()).isNull();
        assertThat(handover.isMade()).isTrue();
        assertThat(events).containsOnly("createExchangeSendingEvent", "createExchangeSentEvent");
        assertThat(events).containsOnlyOnce("createExchangeSentEvent");
    }

    @Test
    void aSendThatFailsIsNoHandover() {
        Exchange exchange = new DefaultExchange(context);
        Handover handover = Handover.begin(exchange);
        context.createProducerTemplate().send("direct:closed", exchange);
        assertThat(exchange.getException()).isNull();
        assertThat(handover.isMade()).isFalse();
    }

    @Test
    void otherRoutesAreNotMeasured() {
        context.createProducerTemplate().sendBody("direct:part", "an exchange of another route");
        assertThat(events).containsOnly("createExchangeSendingEvent");
    }

    private EventFactory recording() {
        EventFactory factory = new DefaultEventFactory();
        return (EventFactory) Proxy.newProxyInstance(
                EventFactory.class.getClassLoader(),
                new Class<?>[] {EventFactory.class},
                (proxy, method, arguments) -> {
                    events.add(method.getName());
                    return method.invoke(factory, arguments);
                });
    }

    private static final class Partner extends DefaultComponent {

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new DefaultEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    return new DefaultProducer(this) {
                        @Override
                        public void process(Exchange exchange) {
                            if (remaining.equals("closed")) {
                                throw new IllegalStateException("the partner is closed");
                            }
                        }
                    };
                }

                @Override
                public Consumer createConsumer(Processor processor) {
                    throw new UnsupportedOperationException();
                }
            };
        }
    }
}

package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import java.nio.file.Path;
import java.util.Map;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.testing.ArtemisBroker;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerHeadersTest {

    private static final Map<String, Object> HOSTILE = Map.of(
            "ExportFile", "../../evil.csv",
            "exportid", "another",
            "EXPORTDELIVERYID", "another",
            "ExportSha256", "0000",
            "CamelFileName", "../../evil.csv",
            "Receipt", "4711");

    private final CamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        context.getRegistry().bind("answerHeaders", new AnswerHeaders());
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void anAnswerOfAWebhookKeepsTheHeadersOfTheDelivery() {
        try (LocalServer server = new LocalServer()) {
            server.answer("/hook", hostile());
            assertKept(send("http://127.0.0.1:" + server.port() + "/hook", true));
        }
    }

    @Test
    void aReplyOfAQueueKeepsTheHeadersOfTheDelivery(@TempDir Path directory) throws Exception {
        try (ArtemisBroker broker = ArtemisBroker.start(directory)) {
            JmsComponent jms = context.getComponent("jms", JmsComponent.class);
            jms.setConnectionFactory(new ActiveMQConnectionFactory(
                    "tcp://127.0.0.1:" + broker.port(), ArtemisBroker.USERNAME, ArtemisBroker.PASSWORD));
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("jms:queue:exports").process(exchange -> {
                        // What a consumer receives is its own business.
                        assertThat(exchange.getMessage().getHeader("ExportFile"))
                                .isEqualTo("export.csv.gz");
                        exchange.getMessage().getHeaders().putAll(HOSTILE);
                    });
                }
            });
            assertKept(send("jms:queue:exports", true));
        }
    }

    /** Such as a route of an operator that asks another server. */
    @Test
    void anAnswerToNoDeliveryKeepsAllItsHeaders() {
        try (LocalServer server = new LocalServer()) {
            server.answer("/hook", hostile());
            Exchange answered = send("http://127.0.0.1:" + server.port() + "/hook", false);
            assertThat(answered.getMessage().getHeader("ExportFile")).isEqualTo("../../evil.csv");
        }
    }

    private static HttpHandler hostile() {
        return exchange -> {
            HOSTILE.forEach((name, value) -> exchange.getResponseHeaders().set(name, value.toString()));
            exchange.sendResponseHeaders(200, -1);
        };
    }

    private Exchange send(String uri, boolean isDelivery) {
        return context.createProducerTemplate().send(uri, ExchangePattern.InOut, exchange -> {
            if (isDelivery) {
                exchange.setProperty(DeliveryExchanges.DELIVERY, "a delivery");
            }
            exchange.getMessage().setBody("{}");
            exchange.getMessage().setHeader("ExportId", "e1");
            exchange.getMessage().setHeader("ExportFile", "export.csv.gz");
            exchange.getMessage().setHeader("ExportDeliveryId", "d1");
            exchange.getMessage().setHeader(Exchange.FILE_NAME, "export.e1.csv.gz");
        });
    }

    private static void assertKept(Exchange answered) {
        assertThat(answered.getException()).isNull();
        Map<String, Object> headers = answered.getMessage().getHeaders();
        assertThat(headers).as("other headers of the answer arrive").containsEntry("Receipt", "4711");
        assertThat(headers.values()).map(String::valueOf).noneMatch(value -> value.contains("evil"));
        assertThat(headers.values()).doesNotContain("another", "0000");
    }
}

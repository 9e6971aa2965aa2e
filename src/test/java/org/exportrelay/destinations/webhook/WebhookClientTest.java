package org.exportrelay.destinations.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.FluentProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.ForwardProxy;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.PrivateCa;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookClientTest {

    private static final String BEAN =
            """
            - beans:
                - name: webhookClient
                  type: org.exportrelay.destinations.webhook.WebhookClient
                  properties:
                    timeout: 2s
            """;

    @TempDir
    private Path directory;

    /** A receiver that only a proxy can reach, with a certificate of a private CA. */
    @Test
    void postsThroughTheProxyAsABeanOfARouteFile() throws Exception {
        PrivateCa ca = PrivateCa.in(directory, "hooks.example.test");
        try (LocalServer receiver = new LocalServer(ca.serverContext());
                ForwardProxy proxy = new ForwardProxy().reaching("hooks.example.test", receiver.port());
                DefaultCamelContext context = new DefaultCamelContext();
                FluentProducerTemplate template = context.createFluentProducerTemplate()) {
            receiver.answer("/hook", LocalServer.body(200, "text/plain", "thanks"));
            context.getRegistry()
                    .bind(
                            "connections",
                            new HttpConnections(
                                    TestSettings.of(
                                            "relay.http-proxy",
                                            "http://127.0.0.1:" + proxy.port(),
                                            "relay.tls.truststore",
                                            ca.path("ca.pem")),
                                    Map.of()));
            context.start();
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("bean.camel.yaml", BEAN));
            Exchange exchange = template.to(
                            "https://hooks.example.test/hook?httpMethod=POST&httpClientConfigurer=%23bean:webhookClient")
                    .withBody("{}")
                    .send();
            assertThat(exchange.getException()).isNull();
            assertThat(proxy.requests()).containsExactly("CONNECT hooks.example.test:443");
            assertThat(receiver.requests())
                    .singleElement()
                    .satisfies(request -> assertThat(request.body()).asString().isEqualTo("{}"));
        }
    }
}

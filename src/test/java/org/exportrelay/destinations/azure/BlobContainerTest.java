package org.exportrelay.destinations.azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.ForwardProxy;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.PrivateCa;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A storage account that only a proxy can reach, with a certificate of a private CA. */
class BlobContainerTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "relay:s3cret-word@"})
    void reachesItsAccountThroughTheProxy(String login) throws Exception {
        PrivateCa ca = PrivateCa.in(directory, "blobs.example.test");
        try (LocalServer store = new LocalServer(ca.serverContext());
                ForwardProxy proxy = new ForwardProxy().reaching("blobs.example.test", store.port())) {
            if (!login.isEmpty()) {
                proxy.withLogin("relay", "s3cret-word");
            }
            store.answer("/exports", LocalServer.body(200, "application/xml", ""));
            askForContainer(
                    "https://blobs.example.test",
                    "relay.http-proxy",
                    "http://" + login + "127.0.0.1:" + proxy.port(),
                    "relay.tls.truststore",
                    ca.path("ca.pem"));
            assertThat(proxy.requests()).containsExactly("CONNECT blobs.example.test:443");
        }
    }

    @Test
    void reachesAnEmulatorOnThisMachineDirectly() throws Exception {
        try (LocalServer store = new LocalServer()) {
            store.answer("/account/exports", LocalServer.body(200, "application/xml", ""));
            askForContainer(store.url("/account").toString(), "relay.http-proxy", "http://127.0.0.1:1");
            assertThat(store.requests()).hasSize(1);
        }
    }

    private static void askForContainer(String endpoint, String... settings) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext();
                BlobContainer container = new BlobContainer()) {
            context.getRegistry().bind("connections", new HttpConnections(TestSettings.of(settings), Map.of()));
            container.setCamelContext(context);
            container.setAccount("account");
            container.setName("exports");
            container.setEndpoint(endpoint);
            container.setAccessKey("a2V5");
            assertThat(container.client().exists()).isTrue();
        }
    }
}

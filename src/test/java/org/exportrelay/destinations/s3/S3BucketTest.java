package org.exportrelay.destinations.s3;

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

/** A store that only a proxy can reach, with a certificate of a private CA. */
class S3BucketTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "relay:s3cret-word@"})
    void reachesItsStoreThroughTheProxy(String login) throws Exception {
        PrivateCa ca = PrivateCa.in(directory, "minio.example.test");
        try (LocalServer store = new LocalServer(ca.serverContext());
                ForwardProxy proxy = new ForwardProxy().reaching("minio.example.test", store.port())) {
            if (!login.isEmpty()) {
                proxy.withLogin("relay", "s3cret-word");
            }
            store.answer("/exports", LocalServer.body(200, "application/xml", ""));
            headBucket(
                    "https://minio.example.test",
                    "relay.http-proxy",
                    "http://" + login + "127.0.0.1:" + proxy.port(),
                    "relay.tls.truststore",
                    ca.path("ca.pem"));
            assertThat(proxy.requests()).containsExactly("CONNECT minio.example.test:443");
        }
    }

    @Test
    void reachesAStoreWithoutTlsThroughTheProxyToo() throws Exception {
        try (LocalServer store = new LocalServer();
                ForwardProxy proxy = new ForwardProxy().reaching("minio.example.test", store.port())) {
            store.answer("/exports", LocalServer.body(200, "application/xml", ""));
            headBucket("http://minio.example.test", "relay.http-proxy", "http://127.0.0.1:" + proxy.port());
            assertThat(proxy.requests()).singleElement().asString().startsWith("HEAD http://minio.example.test");
        }
    }

    @Test
    void reachesAStoreOnThisMachineDirectly() throws Exception {
        try (LocalServer store = new LocalServer()) {
            store.answer("/exports", LocalServer.body(200, "application/xml", ""));
            headBucket(store.url("").toString(), "relay.http-proxy", "http://127.0.0.1:1");
            assertThat(store.requests()).hasSize(1);
        }
    }

    private static void headBucket(String endpoint, String... settings) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext();
                S3Bucket bucket = new S3Bucket()) {
            context.getRegistry().bind("connections", new HttpConnections(TestSettings.of(settings), Map.of()));
            bucket.setCamelContext(context);
            bucket.setName("exports");
            bucket.setRegion("eu-central-1");
            bucket.setEndpoint(endpoint);
            bucket.setAccessKey("access");
            bucket.setSecretKey("secret");
            bucket.client().headBucket(request -> request.bucket("exports"));
        }
    }
}

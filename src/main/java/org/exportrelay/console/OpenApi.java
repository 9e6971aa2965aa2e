package org.exportrelay.console;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The description of the REST API at {@code /q/openapi}: YAML, or JSON with {@code ?format=json}. */
final class OpenApi {

    static final String PATH = "/q/openapi";

    private static final String RESOURCE = "/META-INF/export-relay/openapi.yaml";

    private OpenApi() {}

    static void addTo(Router router) {
        router.get(PATH).blockingHandler(OpenApi::send, false);
    }

    private static void send(RoutingContext context) {
        boolean asJson = "json".equalsIgnoreCase(context.queryParams().get("format"));
        context.response()
                .putHeader("Content-Type", asJson ? Answer.JSON : "application/yaml")
                .end(asJson ? Answer.json(document()) : text());
    }

    /** Of maps, lists and simple values. */
    static Object document() {
        return new Load(LoadSettings.builder().build()).loadFromString(text());
    }

    private static String text() {
        try (InputStream in = OpenApi.class.getResourceAsStream(RESOURCE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

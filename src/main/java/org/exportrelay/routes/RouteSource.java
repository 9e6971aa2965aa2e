package org.exportrelay.routes;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import org.apache.camel.dsl.support.SourceLoader;
import org.apache.camel.spi.Resource;
import org.exportrelay.config.TextEncoding;

/**
 * The text of route files, whatever the locale: on Java 17, Camel's own loader decodes it in the encoding of the
 * platform, which is ASCII under cron and in many containers. Thread-safe.
 */
@Singleton
@Unremovable
final class RouteSource implements SourceLoader {

    @Override
    public String loadResource(Resource resource) throws IOException {
        try (InputStream content = resource.getInputStream()) {
            if (content == null) {
                throw new IOException("cannot find " + resource.getLocation());
            }
            return TextEncoding.decode(content.readAllBytes());
        }
    }
}

package org.exportrelay.component;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.camel.Route;
import org.apache.camel.spi.Resource;

/** Under which version of its file a route delivers: what {@code sha256sum} prints of it. */
final class RouteDigest {

    private RouteDigest() {}

    /** Null for a route that comes from no file, or whose file has gone since. */
    static String of(Route route) {
        Resource file = route == null ? null : route.getSourceResource();
        if (file == null) {
            return null;
        }
        try (InputStream content = file.getInputStream()) {
            return content == null
                    ? null
                    : HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content.readAllBytes()));
        } catch (IOException gone) {
            return null;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

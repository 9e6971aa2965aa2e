package org.exportrelay.console;

import io.quarkus.oidc.runtime.OidcUtils;
import io.quarkus.oidc.runtime.TenantConfigContext;
import io.vertx.core.http.Cookie;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** The cookies of OpenID Connect logins. */
final class OidcCookies {

    private OidcCookies() {}

    /** The browser keeps its cookies, although Quarkus may have removed some from the answer's. */
    static void keep(RoutingContext context) {
        names(context).forEach(name -> context.response().removeCookies(name, false));
    }

    /** The browser loses the cookies of its session. */
    static void endSession(RoutingContext context) {
        TenantConfigContext tenant = context.get(TenantConfigContext.class.getName());
        if (tenant != null) {
            names(context).stream()
                    .filter(name -> name.startsWith(OidcUtils.SESSION_COOKIE_NAME))
                    .forEach(name -> OidcUtils.removeCookie(context, tenant.oidcConfig(), name));
        }
    }

    private static List<String> names(RoutingContext context) {
        return context.request().cookies().stream()
                .map(Cookie::getName)
                .distinct()
                .toList();
    }
}

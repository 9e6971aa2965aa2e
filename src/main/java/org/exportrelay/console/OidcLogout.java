package org.exportrelay.console;

import io.quarkus.oidc.AuthorizationCodeTokens;
import io.quarkus.oidc.runtime.TenantConfigContext;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Ends a session here and at the OpenID Connect provider, where the user can then log in as another one. Quarkus has a logout
 * too, but does not start with a provider that has none.
 */
final class OidcLogout {

    static final String PATH = "/logout";

    private OidcLogout() {}

    /** Pages have a link to it. */
    static void offer(RoutingContext context) {
        context.put(OidcLogout.class.getName(), true);
    }

    static boolean isOffered(RoutingContext context) {
        return context.get(OidcLogout.class.getName()) != null;
    }

    static boolean isAsked(RoutingContext context) {
        return context.normalizedPath().equals(PATH);
    }

    /** Quarkus has checked the session, or has found that it has ended, or that there is none. */
    static void run(RoutingContext context) {
        OidcCookies.endSession(context);
        TenantConfigContext tenant = context.get(TenantConfigContext.class.getName());
        String page = tenant == null ? null : tenant.getOidcMetadata().getEndSessionUri();
        if (tenant != null && page == null) {
            context.fail(new Problem(
                            401,
                            "you are logged out of the console; the OpenID Connect provider has no page to log out"
                                    + " (end_session_endpoint), so log out there, too",
                            Map.of("WWW-Authenticate", "Bearer"))
                    .exception());
            return;
        }
        context.response()
                .setStatusCode(302)
                .putHeader("Location", page == null ? "/" : page + parameters(tenant, context))
                .end();
    }

    private static String parameters(TenantConfigContext tenant, RoutingContext context) {
        boolean isHttps = tenant.oidcConfig()
                .authentication()
                .forceRedirectHttpsScheme()
                .orElse(context.request().isSSL());
        AuthorizationCodeTokens session = context.get(AuthorizationCodeTokens.class.getName());
        return "?client_id=" + encoded(tenant.oidcConfig().clientId().orElseThrow())
                + "&post_logout_redirect_uri="
                + encoded((isHttps ? "https://" : "http://") + context.request().authority() + "/")
                + (session == null ? "" : "&id_token_hint=" + encoded(session.getIdToken()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

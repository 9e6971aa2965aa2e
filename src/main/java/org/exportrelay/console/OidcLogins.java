package org.exportrelay.console;

import io.quarkus.security.AuthenticationRedirectException;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticator;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Logins with an OpenID Connect provider, which Quarkus checks: a browser is sent to the provider and comes back with a
 * session, other clients send a bearer token. Does not block. Thread-safe.
 */
final class OidcLogins implements Handler<RoutingContext> {

    private static final Logger LOG = Logger.getLogger(OidcLogins.class);
    private static final int REDIRECT = 302;
    private static final String TOKEN = "a token that is not valid";
    private static final String SESSION = "a browser";

    private final FailedLogins failures;
    private final FormToken forms;

    /**
     * @param forms the same for all instances between which a browser may change
     */
    OidcLogins(FailedLogins failures, FormToken forms) {
        this.failures = failures;
        this.forms = forms;
    }

    @Override
    public void handle(RoutingContext context) {
        HttpAuthenticator authenticator = context.get(HttpAuthenticator.class.getName());
        authenticator
                .attemptAuthentication(context)
                .subscribe()
                .with(
                        identity -> accept(authenticator, identity, context),
                        failure -> refuse(authenticator, failure, context));
    }

    private void accept(HttpAuthenticator authenticator, SecurityIdentity identity, RoutingContext context) {
        if (OidcLogout.isAsked(context)) {
            OidcLogout.run(context);
            return;
        }
        if (identity == null) {
            askForLogin(authenticator, context);
            return;
        }
        failures.succeeded(address(context));
        if (!hasToken(context.request())) {
            OidcLogout.offer(context);
        }
        try {
            Users.set(context, user(identity), forms);
        } catch (ProblemException e) {
            context.fail(e);
            return;
        }
        context.next();
    }

    /** The role that allows most. */
    static User user(SecurityIdentity identity) {
        String name = identity.getPrincipal().getName();
        if (!UserEntry.isActor(name)) {
            throw new Problem(
                            403,
                            "the name in the token cannot be that of a user; choose another claim with"
                                    + " quarkus.oidc.token.principal-claim")
                    .exception();
        }
        Role role = Stream.of(Role.OPERATOR, Role.VIEWER)
                .filter(candidate -> identity.getRoles().contains(candidate.text()))
                .findFirst()
                .orElseThrow(() -> new Problem(
                                403,
                                name
                                        + " has neither the role viewer nor the role operator; add one at the OpenID Connect"
                                        + " provider, or set quarkus.oidc.roles.role-claim-path to the claim that has it")
                        .exception());
        return new User(name, role);
    }

    private void refuse(HttpAuthenticator authenticator, Throwable failure, RoutingContext context) {
        LOG.debug("a login failed", failure);
        if (failure instanceof AuthenticationRedirectException redirect) {
            context.response()
                    .setStatusCode(redirect.getCode())
                    .putHeader("Location", redirect.getRedirectUri())
                    .end();
            return;
        }
        switch (OidcFailure.of(failure, hasToken(context.request()))) {
            case PROVIDER_UNAVAILABLE -> failUnavailable(context);
            case REFUSED -> {
                recordInBackground(context, OidcFailure.reason(failure));
                context.fail(loginNeeded("the login was refused; log in again").exception());
            }
            case SESSION_ENDED -> {
                OidcCookies.endSession(context);
                if (OidcLogout.isAsked(context)) {
                    OidcLogout.run(context);
                } else {
                    askForLogin(authenticator, context);
                }
            }
            case UNEXPECTED -> context.fail(failure);
        }
    }

    /** A browser that opens a page goes to the provider. A form that was sent, or a script, could not come back from there. */
    private void askForLogin(HttpAuthenticator authenticator, RoutingContext context) {
        if (!isPage(context.request())) {
            context.fail(loginNeeded("log in").exception());
            return;
        }
        authenticator
                .getChallenge(context)
                .subscribe()
                .with(challenge -> send(challenge, context), failure -> fail(failure, context));
    }

    private static void fail(Throwable failure, RoutingContext context) {
        if (OidcFailure.of(failure, false) == OidcFailure.PROVIDER_UNAVAILABLE) {
            failUnavailable(context);
        } else {
            context.fail(failure);
        }
    }

    /** A redirect, except for a browser that comes from the provider without the cookie of its request. */
    private static void send(ChallengeData challenge, RoutingContext context) {
        if (challenge == null || challenge.status != REDIRECT) {
            context.fail(loginNeeded("the browser has sent no cookie of this login; log in")
                    .exception());
            return;
        }
        context.response()
                .setStatusCode(REDIRECT)
                .putHeader(challenge.headerName, challenge.headerContent)
                .end();
    }

    /** The session may be valid, so that it continues as soon as the provider answers. */
    private static void failUnavailable(RoutingContext context) {
        OidcCookies.keep(context);
        context.fail(new Problem(
                        503,
                        "the OpenID Connect provider cannot be used now; try again later, and check"
                                + " quarkus.oidc.auth-server-url if this lasts")
                .exception());
    }

    /**
     * Scripts of pages load pages too: browsers mark these requests on connections that they trust, and console.js marks its
     * own on all.
     */
    private static boolean isPage(HttpServerRequest request) {
        String mode = request.getHeader("Sec-Fetch-Mode");
        return request.method().equals(HttpMethod.GET)
                && !hasToken(request)
                && (mode == null || mode.equals("navigate"))
                && request.getHeader(RestApi.REQUESTED_BY) == null
                && Optional.ofNullable(request.getHeader("Accept")).orElse("").contains("text/html");
    }

    private static boolean hasToken(HttpServerRequest request) {
        return request.getHeader("Authorization") != null;
    }

    /** The event needs the ledger, for which this thread must not wait. */
    private void recordInBackground(RoutingContext context, String reason) {
        String address = address(context);
        String who = hasToken(context.request()) ? TOKEN : SESSION;
        context.vertx()
                .executeBlocking(
                        () -> {
                            failures.failed(address, who, reason);
                            return null;
                        },
                        false);
    }

    private static String address(RoutingContext context) {
        return context.request().connection().remoteAddress().hostAddress();
    }

    private static Problem loginNeeded(String reason) {
        return new Problem(
                401,
                reason + " with a bearer token of the OpenID Connect provider, or open the console in a browser",
                Map.of("WWW-Authenticate", "Bearer"));
    }
}

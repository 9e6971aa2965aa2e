package org.exportrelay.console;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The pages for browsers. Each works without JavaScript. */
@Singleton
final class PageServer {

    private static final String TOKEN = "token";
    /** Pages that a change makes load themselves again, which they do later than this after it. */
    private static final Duration SHARED = Duration.ofSeconds(2);

    private static final int MOST_SHARED = 100;
    private static final Map<String, String> ASSETS =
            Map.of("console.css", "text/css", "console.js", "text/javascript", "icon.svg", "image/svg+xml");

    private final List<Page> pages;
    private final List<Form> forms;
    private final LiveOverview live;
    private final LiveChanges changes;
    private final PageRenderer renderer;
    private final String version;
    private final Cache<String, Map<String, Object>> reloaded = Caffeine.newBuilder()
            .expireAfterWrite(SHARED)
            .maximumSize(MOST_SHARED)
            .executor(Runnable::run)
            .build();

    @Inject
    PageServer(
            OverviewPages overview,
            ExportPages exports,
            DestinationPages destinations,
            RoutePages routes,
            LiveOverview live,
            LiveChanges changes,
            PageRenderer renderer,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.pages = Stream.of(overview.pages(), exports.pages(), destinations.pages(), routes.pages())
                .flatMap(List::stream)
                .toList();
        this.forms = Stream.concat(destinations.forms().stream(), routes.forms().stream())
                .toList();
        this.live = live;
        this.changes = changes;
        this.renderer = renderer;
        this.version = version;
    }

    /** Whether a path is of a page, of a form, or of what they load. */
    boolean serves(String path) {
        return path.equals("/")
                || Stream.of(
                                "/live",
                                "/exports",
                                "/events",
                                "/destinations",
                                "/replay",
                                "/routes",
                                "/instances",
                                "/assets",
                                OidcLogout.PATH)
                        .anyMatch(root -> path.equals(root) || path.startsWith(root + "/"));
    }

    /** Adds the routes. The user of a request is known by then. */
    void addTo(Router router) {
        router.get("/assets/:name").blockingHandler(PageServer::asset, false);
        router.get("/live").blockingHandler(live::open, false);
        router.get("/live/changes").blockingHandler(changes::open, false);
        pages.forEach(page -> router.get(path(page.path())).blockingHandler(context -> show(page, context), false));
        forms.forEach(form -> router.post(path(form.path())).blockingHandler(context -> change(form, context), false));
        router.route().handler(context -> context.fail(new Problem(404, "there is no such page").exception()));
    }

    private static String path(String template) {
        return template.replaceAll("\\{(\\w+)}", ":$1");
    }

    private void show(Page page, RoutingContext context) {
        User user = Users.of(context);
        Call call = new Call(user, context.pathParams(), new Parameters(context.queryParams(), page.parameters()), "");
        // Every browser that shows a page loads it again after a change, and what it shows is the same for all users.
        boolean isReload = context.request().getHeader(RestApi.REQUESTED_BY) != null;
        Map<String, Object> values = new HashMap<>(
                isReload
                        ? reloaded.get(
                                context.request().uri(), uri -> page.content().apply(call))
                        : page.content().apply(call));
        values.put("page", page.section());
        send(context, 200, page.template(), values);
    }

    /** A page instead of a problem document. */
    void show(Problem problem, RoutingContext context) {
        Map<String, Object> values = new HashMap<>();
        values.put("title", String.valueOf(problem.status()));
        values.put("page", "");
        values.put("problem", problem.fields());
        problem.headers().forEach(context.response()::putHeader);
        send(context, problem.status(), "problem.html", values);
    }

    private void send(RoutingContext context, int status, String template, Map<String, Object> values) {
        User user = Users.of(context) == null ? new User("", Role.VIEWER) : Users.of(context);
        values.put("user", user);
        values.put("token", user.role() == Role.OPERATOR ? Users.token(context).of(user) : "");
        values.put("canLogOut", OidcLogout.isOffered(context));
        values.put("version", version);
        values.putIfAbsent("notice", null);
        String html = renderer.render(template, values);
        if (!context.response().ended() && !context.response().closed()) {
            context.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "text/html; charset=utf-8")
                    .end(html);
        }
    }

    private void change(Form form, RoutingContext context) {
        User user = Users.of(context);
        RestApi.require(user, Role.OPERATOR);
        Users.token(context).check(user, context.request().getFormAttribute(TOKEN));
        Set<String> known = new LinkedHashSet<>(form.fields());
        known.add(TOKEN);
        Parameters fields = new Parameters(context.request().formAttributes(), known);
        String next = form.action().apply(new Call(user, context.pathParams(), fields, ""));
        context.response().setStatusCode(303).putHeader("Location", next).end();
    }

    private static void asset(RoutingContext context) {
        String type = ASSETS.get(context.pathParam("name"));
        if (type == null) {
            throw new Problem(404, "there is no such file").exception();
        }
        try (InputStream in =
                PageServer.class.getResourceAsStream("/META-INF/export-relay/assets/" + context.pathParam("name"))) {
            context.response()
                    .putHeader("Content-Type", type)
                    .putHeader("Cache-Control", "private, max-age=3600")
                    .end(Buffer.buffer(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.exportrelay.console;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The operations below {@code /api/v1}. */
@Singleton
final class RestApi {

    static final String ROOT = "/api/v1";
    /** Browsers let no page of another site send it without asking the relay, which never agrees. */
    static final String REQUESTED_BY = "X-Requested-By";

    private final List<Operation> operations;
    private final EventStream stream;

    @Inject
    RestApi(
            StatusOperations status,
            DeliveryOperations deliveries,
            DestinationOperations destinations,
            ReplayOperations replays,
            EventOperations events,
            EventStream stream) {
        this.operations = Stream.of(
                        status.operations(),
                        deliveries.operations(),
                        destinations.operations(),
                        replays.operations(),
                        events.operations())
                .flatMap(List::stream)
                .toList();
        this.stream = stream;
    }

    List<Operation> operations() {
        return operations;
    }

    /** Adds the routes. The user of a request is known by then. */
    void addTo(Router router) {
        router.get(ROOT + "/events/stream").blockingHandler(stream::open, false);
        for (Operation operation : operations) {
            router.route(operation.method(), path(operation))
                    .blockingHandler(context -> run(operation, context), false);
        }
        operations.stream()
                .collect(Collectors.groupingBy(
                        RestApi::path,
                        Collectors.mapping(operation -> operation.method().name(), Collectors.joining(", "))))
                .forEach((path, allowed) -> refuseOthers(router.route(path), allowed));
        refuseOthers(router.route(ROOT + "/events/stream"), HttpMethod.GET.name());
        Stream.of("/api", "/api/*").forEach(path -> router.route(path)
                .handler(context -> Answer.send(
                        context,
                        new Problem(404, "there is nothing at this path; /q/openapi describes the REST API"))));
    }

    private static String path(Operation operation) {
        return ROOT + operation.path().replaceAll("\\{(\\w+)}", ":$1");
    }

    private static void refuseOthers(Route route, String allowed) {
        route.handler(context -> Answer.send(
                context,
                new Problem(
                        405,
                        "the method " + context.request().method() + " is not allowed here; use " + allowed,
                        Map.of("Allow", allowed))));
    }

    private static void run(Operation operation, RoutingContext context) {
        User user = Users.of(context);
        require(user, operation.role());
        String body = null;
        if (operation.role() == Role.OPERATOR) {
            checkChange(context);
            body = context.body().asString();
        }
        Answer.send(
                context,
                operation
                        .action()
                        .apply(new Call(
                                user,
                                context.pathParams(),
                                new Parameters(context.queryParams(), operation.parameters()),
                                body == null ? "" : body)));
    }

    static void require(User user, Role role) {
        if (!user.role().includes(role)) {
            throw new Problem(
                            403,
                            user.name() + " has the role " + user.role().text() + "; this needs the role "
                                    + role.text())
                    .exception();
        }
    }

    /** That no page of another site has sent it. */
    private static void checkChange(RoutingContext context) {
        String requestedBy = context.request().getHeader(REQUESTED_BY);
        if (requestedBy == null || requestedBy.isBlank()) {
            throw new Problem(403, "a change needs the header " + REQUESTED_BY + "; send it with any value")
                    .exception();
        }
        String type = context.request().getHeader("Content-Type");
        boolean isEmpty = context.body().length() <= 0;
        if (!isEmpty && (type == null || !type.matches("(?i)application/json\\s*(;.*)?"))) {
            throw new Problem(415, "the Content-Type of a change is application/json").exception();
        }
    }
}

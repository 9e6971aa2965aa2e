package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.routes.LoadedRoutes;
import org.exportrelay.routes.RouteConfirmation;
import org.exportrelay.routes.WaitingRoutes;
import org.exportrelay.runtime.HttpRouter;
import org.exportrelay.runtime.LedgerSnapshots;

/** The console on a ledger, in this process, without a relay. */
final class TestConsole implements AutoCloseable {

    private static final String VERSION = "1.0.0";

    private final Vertx vertx = Vertx.vertx();
    private final CamelContext context = new DefaultCamelContext();
    private final HttpServer server;

    TestConsole(LedgerDatabase database, RelaySettings settings, int port) {
        HttpRouter http = new HttpRouter();
        Router router = Router.router(vertx);
        http.start(router);
        Events events = new Events(database);
        DestinationSummaries summaries = new DestinationSummaries(database, Clock.systemUTC());
        DestinationControl control = new DestinationControl(database, Clock.systemUTC());
        LoadedRoutes routes = new LoadedRoutes(context, events);
        StatusOperations status = new StatusOperations(database, new LedgerSnapshots(), routes, VERSION);
        DeliveryOperations deliveries = new DeliveryOperations(database);
        EventOperations eventOperations = new EventOperations(events);
        Rates rates = new Rates(database);
        RouteConfirmation confirmation = new RouteConfirmation(
                events,
                new EventLog(database, Clock.systemUTC()),
                new DestinationStates(database, Duration.ZERO, Clock.systemUTC()),
                new BackfillEstimate(database, Clock.systemUTC()),
                settings.routes().confirmAbove());
        PageRenderer renderer = new PageRenderer();
        OverviewPages overview = new OverviewPages(
                status,
                new ExplainedAttention(database),
                rates,
                () -> Map.of("used", 1_500_000L, "limit", 50L << 30, "disk_free", 400L << 30));
        RestApi api = new RestApi(
                status,
                deliveries,
                new DestinationOperations(control, summaries, new Progress(database, Clock.systemUTC())),
                new ReplayOperations(database, control),
                eventOperations,
                new EventStream(vertx, events));
        PageServer pages = new PageServer(
                overview,
                new ExportPages(database, summaries, deliveries, eventOperations),
                new DestinationPages(database, control, summaries, rates, routes),
                new RoutePages(status, new WaitingRoutes(context, routes, confirmation, settings)),
                new LiveOverview(vertx, overview, renderer),
                new LiveChanges(vertx, summaries, events),
                renderer,
                VERSION);
        ConsoleServer console = new ConsoleServer(
                settings, vertx, http, new EventLog(database, Clock.systemUTC()), () -> api, () -> pages);
        console.prepare();
        console.start();
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(port, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    int port() {
        return server.actualPort();
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}

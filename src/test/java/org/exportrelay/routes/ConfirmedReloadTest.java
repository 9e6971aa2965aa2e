package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.apache.camel.util.FileUtil;
import org.exportrelay.component.SandboxResource;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.jdbi.v3.core.ConnectionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Edits of route files with {@code relay.routes.reload=confirm}, where every new destination waits. */
@QuarkusTest
@QuarkusTestResource(SandboxResource.class)
class ConfirmedReloadTest {

    @Inject
    CamelContext context;

    @Inject
    CamelRuntime runtime;

    @Inject
    DestinationRegistry destinations;

    @Inject
    Events events;

    @Inject
    EventLog log;

    @Inject
    DestinationStates states;

    @Inject
    BackfillEstimate estimate;

    private static int tests;

    /** The ledger knows those of the tests before. */
    private final String added = "added-" + tests++;

    private Path directory;
    private RouteReload reload;
    private RouteConfirmation confirmation;
    private boolean isLedgerDown;

    @BeforeEach
    void startWithOneFile() throws IOException {
        if (!context.isStarted()) {
            runtime.start();
        }
        directory = Files.createTempDirectory("routes");
        reload = new RouteReload(context, new RouteFiles(directory), Duration.ofSeconds(5));
        write("a", route("z") + step("other-route"));
        edit();
        assertThat(deliveredTo()).contains("z");
        confirmation = new RouteConfirmation(events, log, states, estimate, -1);
        reload.confirmWith(() -> {
            if (isLedgerDown) {
                throw new ConnectionException(new SQLException("the ledger is away"));
            }
            return confirmation;
        });
    }

    @AfterEach
    void stopRoutes() throws IOException {
        isLedgerDown = false;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        write("rest", step("rest-after-" + added));
        edit();
        assertThat(deliveredTo()).doesNotContain("z", added);
        FileUtil.removeDir(directory.toFile());
    }

    @Test
    void aDestinationAndARouteThatMoveToAWaitingFileRunOnWhereTheyWere() throws IOException {
        Route z = context.getRoute("z");
        Route other = context.getRoute("other-route");
        rename("a", "b");
        write("b", route("z") + step("other-route") + route(added));
        write("c", step("c"));
        edit();
        assertThat(context.getRoute("z")).isSameAs(z);
        assertThat(context.getRoute("other-route")).isSameAs(other);
        assertThat(context.getRoute("c")).as("an edit of another file").isNotNull();
        assertThat(deliveredTo()).contains("z").doesNotContain(added);

        confirm();
        edit();
        assertThat(deliveredTo()).contains("z", added);
        assertThat(context.getRoute("z").getSourceResource().getLocation()).endsWith("b.camel.yaml");
    }

    @Test
    void anEditThatTakesOverFromAWaitingFileWaitsAndAllOthersAreLoaded() throws IOException {
        Route z = context.getRoute("z");
        write("a", step("other-route") + route(added));
        write("b", route("z"));
        write("c", step("c"));
        edit();
        assertThat(context.getRoute("z")).isSameAs(z);
        assertThat(context.getRoute("c")).isNotNull();
        assertThat(deliveredTo()).doesNotContain(added);

        confirm();
        edit();
        assertThat(deliveredTo()).contains("z", added);
        assertThat(context.getRoute("z").getSourceResource().getLocation()).endsWith("b.camel.yaml");
    }

    @Test
    void anEditDuringALedgerFailureIsLoadedWhenTheLedgerIsBack() throws IOException {
        isLedgerDown = true;
        write("c", step("c"));
        edit();
        edit();
        assertThat(context.getRoute("c")).isNull();
        isLedgerDown = false;
        reload.checkForEdits();
        assertThat(context.getRoute("c")).isNotNull();
    }

    @Test
    void aConfirmationThatMeetsALedgerFailureTakesEffectWhenTheLedgerIsBack() throws IOException {
        write("b", route(added));
        edit();
        assertThat(deliveredTo()).doesNotContain(added);
        confirm();
        isLedgerDown = true;
        edit();
        assertThat(deliveredTo()).doesNotContain(added);
        isLedgerDown = false;
        reload.checkForEdits();
        assertThat(deliveredTo()).contains(added);
    }

    private void confirm() {
        confirmation.confirm(new RouteFiles(directory).read(), "an operator");
    }

    /** Until what was written has been seen twice. */
    private void edit() {
        reload.checkForEdits();
        reload.checkForEdits();
    }

    private Set<String> deliveredTo() {
        return destinations.running().stream().map(Destination::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String route(String name) {
        return """
                - route:
                    id: %1$s
                    from:
                      uri: exports:%1$s
                      parameters:
                        name: nothing_*
                      steps:
                        - log: x
                """
                .formatted(name);
    }

    private static String step(String id) {
        return """
                - route:
                    id: %1$s
                    from:
                      uri: direct:%1$s
                      steps:
                        - log: x
                """
                .formatted(id);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name + RouteFiles.SUFFIX), text);
    }

    private void rename(String from, String to) throws IOException {
        Files.move(directory.resolve(from + RouteFiles.SUFFIX), directory.resolve(to + RouteFiles.SUFFIX));
    }
}

package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.component.SandboxResource;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.DestinationRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Edits of route files in a folder of their own beside the shipped one, two looks each. */
@QuarkusTest
@QuarkusTestResource(SandboxResource.class)
class RouteReloadTest {

    @Inject
    CamelContext context;

    @Inject
    CamelRuntime runtime;

    @Inject
    DestinationRegistry destinations;

    private static Path directory;
    private static RouteReload reload;

    @BeforeEach
    void startWithOneFileThatStays() throws IOException {
        if (!context.isStarted()) {
            runtime.start();
        }
        if (reload == null) {
            directory = Files.createTempDirectory("routes");
            reload = new RouteReload(context, new RouteFiles(directory), Duration.ofSeconds(5));
        }
        Files.createDirectories(directory);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        write("steady", route("steady", "steady", "x"));
        edit();
        assertThat(deliveredTo()).contains("steady").doesNotContain("one", "two");
    }

    @AfterAll
    static void deleteFiles() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void takesInAddedChangedAndRemovedFilesAndTouchesNoOther() {
        Route steady = context.getRoute("steady");
        write("one", route("one", "one", "first"));
        reload.checkForEdits();
        assertThat(deliveredTo()).as("at the first look").doesNotContain("one");
        reload.checkForEdits();
        assertThat(deliveredTo()).contains("one");
        Route first = context.getRoute("one");

        write("one", route("one", "one", "second"));
        edit();
        assertThat(context.getRoute("one")).isNotSameAs(first);

        delete("one");
        edit();
        assertThat(deliveredTo()).doesNotContain("one");
        assertThat(context.getRoute("steady")).isSameAs(steady);
    }

    @Test
    void waitsForTheEndOfAFileThatIsBeingWritten() {
        write("one", "- route:\n    id: one\n");
        reload.checkForEdits();
        write("one", route("one", "one", "x"));
        reload.checkForEdits();
        assertThat(deliveredTo()).doesNotContain("one");
        reload.checkForEdits();
        assertThat(deliveredTo()).contains("one");
    }

    @Test
    void keepsTheRunningVersionOfAFaultyFileAndTakesInTheOthers() {
        write("one", route("one", "one", "x"));
        edit();
        Route one = context.getRoute("one");
        for (String faulty : List.of("", "- route: [", route("one", "one", "x").replace("log:", "lgo:"))) {
            write("one", faulty);
            edit();
            assertThat(context.getRoute("one")).isSameAs(one);
        }
        write("two", route("two", "two", "x"));
        edit();
        assertThat(deliveredTo()).contains("one", "two");
        assertThat(context.getRoute("one")).isSameAs(one);
        write("one", route("one", "one", "y"));
        edit();
        assertThat(context.getRoute("one")).isNotSameAs(one);
    }

    @Test
    void refusesADestinationOrRouteIdThatAnotherFileHasWhateverTheirNames() {
        Route steady = context.getRoute("steady");
        write("a", route("a", "steady", "x"));
        edit();
        assertThat(context.getRoute("a")).isNull();
        write("a", route("steady", "a", "x"));
        edit();
        assertThat(deliveredTo()).contains("steady").doesNotContain("a");
        assertThat(context.getRoute("steady")).isSameAs(steady);
    }

    @Test
    void movesDestinationsBetweenFilesInOneEdit() {
        write("one", route("one", "one", "x"));
        write("two", route("two", "two", "x"));
        edit();
        write("one", route("two", "two", "x"));
        write("two", route("one", "one", "x"));
        edit();
        assertThat(deliveredTo()).contains("one", "two");
        rename("one", "three");
        edit();
        assertThat(deliveredTo()).contains("one", "two");
        delete("three");
        write("two", route("one", "one", "x") + route("two", "two", "x"));
        edit();
        assertThat(deliveredTo()).contains("one", "two");
    }

    @Test
    void aDestinationThatMovesToAFaultyFileRunsOnWhereItWas() {
        write("one", route("one", "one", "x"));
        edit();
        delete("one");
        write("two", route("one", "one", "x").replace("log:", "lgo:"));
        edit();
        assertThat(deliveredTo()).contains("one");
        write("two", route("one", "one", "x"));
        edit();
        assertThat(deliveredTo()).contains("one");
        assertThat(context.getRoute("one").getSourceResource().getLocation()).endsWith("two.camel.yaml");
    }

    @Test
    void aRenamedDestinationPausesAndTheNewOneBegins() {
        write("one", route("one", "one", "x"));
        edit();
        write("one", route("one", "other", "x"));
        edit();
        assertThat(deliveredTo()).contains("other").doesNotContain("one");
    }

    @Test
    void putsTheOldVersionBackWhereTheNewOneDoesNotStart() {
        write("one", route("one", "one", "x"));
        edit();
        write("one", route("one", "one", "y") + startsNot("starts-not"));
        edit();
        assertThat(deliveredTo()).contains("one");
        assertThat(context.getRoute("starts-not")).isNull();
        assertThat(((ModelCamelContext) context).getRouteDefinition("starts-not"))
                .isNull();
        Route putBack = context.getRoute("one");
        edit();
        edit();
        assertThat(context.getRoute("one")).as("until the next edit").isSameAs(putBack);
    }

    @Test
    void reloadsRoutesThatUseAChangedBeanAndForgetsOneThatIsGone() {
        String user = route("user", "user", "${bean:greeting?method=toString}");
        write("beans", bean("greeting", "java.lang.StringBuilder"));
        write("user", user);
        edit();
        assertThat(deliveredTo()).contains("user");
        Route steady = context.getRoute("steady");
        Route before = context.getRoute("user");
        write("beans", bean("greeting", "java.lang.StringBuffer"));
        edit();
        assertThat(context.getRegistry().lookupByName("greeting")).isInstanceOf(StringBuffer.class);
        assertThat(context.getRoute("user")).isNotSameAs(before);
        assertThat(context.getRoute("steady")).isSameAs(steady);
        delete("beans");
        delete("user");
        edit();
        assertThat(context.getRegistry().lookupByName("greeting")).isNull();
    }

    @Test
    void keepsEverythingWhereTheFolderOrItsFilesAreGone() throws IOException {
        delete("steady");
        edit();
        assertThat(deliveredTo()).contains("steady");
        Files.delete(directory);
        edit();
        assertThat(deliveredTo()).contains("steady");
        Files.createDirectory(directory);
        Files.createSymbolicLink(file("steady"), directory.resolve("nowhere"));
        edit();
        assertThat(deliveredTo()).contains("steady");
        Files.delete(file("steady"));
        write("steady", route("steady", "steady", "x"));
        edit();
        assertThat(deliveredTo()).contains("steady");
    }

    @Test
    void leavesTheRunningContextAsItWasByChecking() {
        write("one", route("one", "one", "x").replace("log:", "lgo:"));
        edit();
        assertThat(context.resolveLanguage("simple")
                        .createExpression("${body}")
                        .evaluate(exchange("hello"), String.class))
                .isEqualTo("hello");
        context.getRegistry().findByType(CamelContextAware.class).forEach(aware -> assertThat(aware.getCamelContext())
                .isIn(context, null));
    }

    @Test
    void releasesEverythingOverAHundredReloads() {
        for (int i = 0; i < 10; i++) {
            write("one", toFiles("one", i));
            edit();
        }
        int endpoints = context.getEndpoints().size();
        int routes = context.getRoutes().size();
        int services = ((ModelCamelContext) context).getRouteDefinitions().size();
        Set<String> threads = threads();
        for (int i = 10; i < 110; i++) {
            write("one", toFiles("one", i));
            edit();
        }
        assertThat(context.getEndpoints()).hasSize(endpoints);
        assertThat(context.getRoutes()).hasSize(routes);
        assertThat(((ModelCamelContext) context).getRouteDefinitions()).hasSize(services);
        await().untilAsserted(() -> assertThat(threads().size()).isLessThanOrEqualTo(threads.size() + 2));
    }

    /** Until what was written has been seen twice. */
    private void edit() {
        reload.checkForEdits();
        reload.checkForEdits();
    }

    private Exchange exchange(String body) {
        Exchange exchange = new DefaultExchange(context);
        exchange.getMessage().setBody(body);
        return exchange;
    }

    private Set<String> deliveredTo() {
        return destinations.running().stream().map(Destination::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getId() + " " + thread.getName())
                .collect(Collectors.toSet());
    }

    private static String route(String id, String destination, String message) {
        return """
                - route:
                    id: %s
                    from:
                      uri: exports:%s
                      parameters:
                        name: nothing_*
                      steps:
                        - log:
                            message: "%s"
                """
                .formatted(id, destination, message);
    }

    private String toFiles(String id, int version) {
        return """
                - route:
                    id: %1$s
                    from:
                      uri: exports:%1$s
                      parameters:
                        name: nothing_%2$d
                        payload: file
                        parallel: 2
                      steps:
                        - to: direct:%1$s-%2$d
                - route:
                    from:
                      uri: direct:%1$s-%2$d
                      steps:
                        - to:
                            uri: "file:%3$s/%2$d"
                            parameters:
                              tempPrefix: "."
                              fileExist: TryRename
                """
                .formatted(id, version, "target/reload-test");
    }

    /** Passes the check, which starts nothing. */
    private static String startsNot(String id) {
        return """
                - route:
                    id: %s
                    from:
                      uri: file:nowhere/at/all
                      parameters:
                        autoCreate: false
                        directoryMustExist: true
                        startingDirectoryMustExist: true
                      steps:
                        - log:
                            message: x
                """
                .formatted(id);
    }

    private static String bean(String name, String type) {
        return """
                - beans:
                    - name: %s
                      type: "#class:%s"
                """
                .formatted(name, type);
    }

    private Path file(String name) {
        return directory.resolve(name + RouteFiles.SUFFIX);
    }

    private void write(String name, String text) {
        try {
            Files.writeString(file(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(String name) {
        try {
            Files.delete(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void rename(String from, String to) {
        try {
            Files.move(file(from), file(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

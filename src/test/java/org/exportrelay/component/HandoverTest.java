package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.Replay;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes, as operators write them, that do or do not hand an export to an endpoint, against the sandbox. */
@QuarkusTest
@QuarkusTestResource(SandboxResource.class)
class HandoverTest {

    private static final String FILTER_NOTHING =
            """
            - filter:
                expression:
                  simple:
                    expression: "${header.ExportName} == 'another'"
                steps:
                  - to: file:{{relay.data-dir}}/handover
            """;

    @Inject
    CamelContext context;

    @Inject
    Progress progress;

    @Inject
    LedgerDatabase database;

    @Inject
    CamelRuntime runtime;

    @BeforeEach
    void startCamel() {
        if (!context.isStarted()) {
            runtime.start();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"link", "file", "records"})
    void aFilterThatDropsEverythingSkips(String payload) throws Exception {
        start("dropped-" + payload, "payload: " + payload, FILTER_NOTHING);
        awaitSkipped("dropped-" + payload);
    }

    @Test
    void aChoiceWithoutAMatchSkips() throws Exception {
        start(
                "no-match",
                "payload: file",
                """
                - choice:
                    when:
                      - expression:
                          simple:
                            expression: "${header.ExportName} == 'another'"
                        steps:
                          - to: file:{{relay.data-dir}}/handover
                """);
        awaitSkipped("no-match");
    }

    @Test
    void aSendWhoseExceptionTheRouteSwallowsSkips() throws Exception {
        start("swallowed", "payload: file", caught("- to: file:/dev/null/nowhere", "- log: \"${exception.message}\""));
        awaitSkipped("swallowed");
    }

    @Test
    void aFailedSendThatTheRouteReplacesByAnotherDelivers() throws Exception {
        start(
                "replaced",
                "payload: file",
                caught("- to: file:/dev/null/nowhere", "- to: file:{{relay.data-dir}}/handover"));
        awaitDelivered("replaced");
    }

    @Test
    void anExceptionAfterAHandoverStillFails() throws Exception {
        start(
                "failing-later",
                "payload: file",
                """
                - to: file:{{relay.data-dir}}/handover
                - throwException:
                    exceptionType: java.lang.IllegalStateException
                    message: "the partner is closed"
                """);
        await().until(() -> count("failing-later", DeliveryState.PARKED) == SandboxResource.EXPORTS);
    }

    @ParameterizedTest
    @CsvSource({"split-none, -1, SKIPPED", "split-last, 2, DELIVERED"})
    void aSplitHandsOverWithAnyOfItsParts(String destination, int sent, DeliveryState state) throws Exception {
        start(
                destination,
                "payload: records\n      batchSize: 40",
                """
                - split:
                    expression:
                      simple:
                        expression: "${body}"
                    streaming: true
                    stopOnException: true
                    steps:
                      # What a route removes from an exchange is not how the relay knows it.
                      - removeProperties:
                          pattern: "*"
                          excludePattern: CamelSplitIndex
                      - filter:
                          expression:
                            simple:
                              expression: "${exchangeProperty.CamelSplitIndex} == %d"
                          steps:
                            - to: mock:%s
                """
                        .formatted(sent, destination));
        await().until(() -> count(destination, state) == SandboxResource.EXPORTS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "to-file | to: file:{{relay.data-dir}}/handover | DELIVERED",
                "to-dynamic | toD: file:{{relay.data-dir}}/${header.ExportDestination} | DELIVERED",
                "to-log | to: log:handover | SKIPPED",
                "to-language | to: language:constant:x | SKIPPED",
                "to-class | to: class:java.lang.System?method=nanoTime | SKIPPED",
                "log-step | log: nothing but a line | SKIPPED",
                "tap-log | wireTap: {uri: log:handover} | SKIPPED",
                "tap-static | wireTap: {uri: mock:tap} | DELIVERED",
                "tap-dynamic | wireTap: {uri: \"mock:tap-${header.ExportDestination}\"} | DELIVERED",
                "tap-direct | wireTap: {uri: direct:handover-slow} | DELIVERED",
                "direct-send | to: direct:handover-send | DELIVERED",
                "direct-log | to: direct:handover-log | SKIPPED",
                "direct-twice | to: direct:handover-twice | DELIVERED",
                "enriched | enrich: {expression: {constant: {expression: mock:enriched}}} | DELIVERED",
                "recipients | recipientList: {expression: {constant: {expression: \"log:a,mock:recipients\"}}} | DELIVERED",
                "recipients-none | recipientList: {expression: {constant: {expression: \"log:a,direct:handover-log\"}}} | SKIPPED",
                "slip | routingSlip: {expression: {constant: {expression: \"log:a,mock:slip\"}}} | DELIVERED",
                "multicast | multicast: {steps: [{to: log:a}, {to: mock:m}]} | DELIVERED",
                "multicast-parallel | multicast: {parallelProcessing: true, steps: [{to: mock:m}, {to: log:a}]} | DELIVERED",
                "multicast-none | multicast: {steps: [{to: log:a}, {to: direct:handover-log}]} | SKIPPED",
                "marked | bean: {beanType: org.exportrelay.component.Handover, method: mark} | DELIVERED"
            })
    void endsAs(String destination, String step, DeliveryState state) throws Exception {
        startRoutesBehindDirect();
        start(destination, "payload: file", "- " + step);
        await().until(() -> count(destination, state) == SandboxResource.EXPORTS);
    }

    @Test
    void aHandlerThatTapsDelivers() throws Exception {
        load(
                "handler-tap",
                """
                - onException:
                    exception: [java.lang.IllegalStateException]
                    handled: {constant: {expression: "true"}}
                    steps:
                      - wireTap: {uri: "mock:handler-tap"}
                - route:
                    id: handler-tap
                    from:
                      uri: exports:handler-tap
                      parameters:
                        delay: 100
                      steps:
                        - throwException:
                            exceptionType: java.lang.IllegalStateException
                            message: "the partner is closed"
                """);
        awaitDelivered("handler-tap");
    }

    @Test
    void aReplayOfSkippedDeliveriesMakesThemAgain() throws Exception {
        start("again", "payload: file", FILTER_NOTHING);
        awaitSkipped("again");
        assertThat(progress.undeliveredSince(
                        List.of("again"), List.of(), progress.now().minusSeconds(60)))
                .isEmpty();

        context.getRouteController().stopRoute("again");
        context.removeRoute("again");
        Replay replay = new Replay(database, java.time.Clock.systemUTC());
        assertThat(replay.replay(new Replay.Choice(null, "again", null, Set.of(DeliveryState.PARKED)), "ops"))
                .isZero();
        assertThat(replay.replay(new Replay.Choice(null, "again", null, Set.of(DeliveryState.SKIPPED)), "ops"))
                .isEqualTo(SandboxResource.EXPORTS);
        start("again", "payload: file", "- to: file:{{relay.data-dir}}/again");
        awaitDelivered("again");
    }

    private static String caught(String send, String handler) {
        return """
                - doTry:
                    steps:
                      %s
                    doCatch:
                      - exception: [java.lang.Exception]
                        steps:
                          %s
                """
                .formatted(send, handler);
    }

    private void startRoutesBehindDirect() throws Exception {
        if (context.getRoute("handover-send") == null) {
            load(
                    "behind-direct",
                    """
                    - route:
                        id: handover-send
                        from:
                          uri: direct:handover-send
                          steps:
                            - to: mock:handover-send
                    - route:
                        id: handover-slow
                        from:
                          uri: direct:handover-slow
                          steps:
                            - delay:
                                constant: "3000"
                            - to: mock:handover-slow
                    - route:
                        id: handover-log
                        from:
                          uri: direct:handover-log
                          steps:
                            - to: log:handover
                    - route:
                        id: handover-twice
                        from:
                          uri: direct:handover-twice
                          steps:
                            - to: direct:handover-log
                            - to: direct:handover-send
                    """);
        }
    }

    private void start(String destination, String parameters, String steps) throws Exception {
        load(
                destination,
                """
                - route:
                    id: %1$s
                    from:
                      uri: exports:%1$s
                      parameters:
                        delay: 100
                        %2$s
                      steps:
                %3$s
                """
                        .formatted(destination, parameters.replace("\n", "\n  "), steps.indent(8)));
    }

    private void load(String name, String yaml) throws Exception {
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString(name + ".camel.yaml", yaml));
    }

    private void awaitSkipped(String destination) {
        await().until(() -> count(destination, DeliveryState.SKIPPED) == SandboxResource.EXPORTS);
        assertThat(progress.byState(List.of(destination)))
                .isEqualTo(Map.of(DeliveryState.SKIPPED, (long) SandboxResource.EXPORTS));
    }

    private void awaitDelivered(String destination) {
        await().until(() -> count(destination, DeliveryState.DELIVERED) == SandboxResource.EXPORTS);
    }

    private long count(String destination, DeliveryState state) {
        return progress.byState(List.of(destination)).getOrDefault(state, 0L);
    }
}

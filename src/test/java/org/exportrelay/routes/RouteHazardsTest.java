package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteHazardsTest {

    private final DefaultCamelContext context = new DefaultCamelContext();

    @TempDir
    private Path directory;

    @BeforeEach
    void start() {
        context.setSourceLocationEnabled(true);
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void findsADoCatchUnlessItThrowsAgain() throws IOException {
        String route =
                """
                - route:
                    from:
                      uri: direct:a
                      steps:
                        - doTry:
                            steps:
                              - to: mock:a
                            doCatch:
                              - exception: [java.lang.Exception]
                                steps:
                                  - log: failed
                %s""";
        assertThat(losses(route.formatted("")))
                .singleElement()
                .satisfies(fault -> assertThat(fault.line()).isEqualTo(8))
                .satisfies(fault -> assertThat(fault.message())
                        .startsWith("doCatch swallows the exception")
                        .endsWith("; remove it, or end it with throwException"));
        assertThat(
                        losses(
                                route.formatted(
                                        """
                                  - throwException:
                                      exceptionType: java.lang.IllegalStateException
                                      message: failed
                """)))
                .isEmpty();
    }

    @Test
    void findsAnOnExceptionThatHandles() throws IOException {
        String file =
                """
                - onException:
                    exception: [java.lang.Exception]
                    handled: {constant: {expression: "%s"}}
                    steps:
                      - log: failed
                - route:
                    from:
                      uri: direct:a
                      steps:
                        - to: mock:a
                """;
        assertThat(losses(file.formatted("true"))).singleElement().satisfies(fault -> assertThat(fault.message())
                .startsWith("onException swallows the exception"));
        assertThat(losses(file.formatted("false"))).isEmpty();
    }

    @Test
    void findsADeadLetterChannel() throws IOException {
        assertThat(
                        losses(
                                """
                        - errorHandler:
                            deadLetterChannel:
                              deadLetterUri: mock:dead
                        - route:
                            from:
                              uri: direct:a
                              steps:
                                - to: mock:a
                        """))
                .singleElement()
                .satisfies(fault -> assertThat(fault.message())
                        .startsWith("the errorHandler deadLetterChannel takes the exception"));
    }

    @Test
    void findsStepsThatDoNotWait() throws IOException {
        assertThat(
                        losses(
                                """
                        - route:
                            from:
                              uri: direct:a
                              steps:
                                - wireTap: {uri: mock:a}
                                - to: seda:a
                                - choice:
                                    when:
                                      - simple: {expression: "${body} == null"}
                                        steps:
                                          - toD: "seda:${header.a}"
                                - aggregate:
                                    correlationExpression: {constant: {expression: all}}
                                    aggregationStrategy: "#class:org.apache.camel.processor.aggregate.GroupedBodyAggregationStrategy"
                                    completionSize: 2
                                    steps:
                                      - to: mock:b
                        """))
                .extracting(fault -> fault.message().replaceFirst(" does not wait,.*", ""))
                .containsExactly("wireTap", "seda:", "seda:", "aggregate");
    }

    private List<RouteFault> losses(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("a" + RouteFiles.SUFFIX), text);
        try (RouteSession session = new RouteSession(context)) {
            assertThat(session.open(List.of(file))).isEmpty();
            return RouteHazards.ofLoss(context, List.of(file));
        }
    }
}

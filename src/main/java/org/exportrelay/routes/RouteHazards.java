package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.camel.model.AggregateDefinition;
import org.apache.camel.model.CircuitBreakerDefinition;
import org.apache.camel.model.ExpressionSubElementDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RollbackDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;
import org.apache.camel.model.ThrowExceptionDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.TryDefinition;
import org.apache.camel.model.WireTapDefinition;
import org.apache.camel.model.errorhandler.DeadLetterChannelDefinition;

/**
 * Steps that can break the guarantees of a delivery. Each can be meant so: they are reported where a test of the guarantees
 * has seen what they cause.
 */
public final class RouteHazards {

    /** The same fact that {@code validate} reports. */
    public static final String PARTIAL_FILE = RouteWarnings.PARTIAL_FILE;

    /** Follows the place. */
    public static final String APPENDED =
            ": fileExist: Append shows readers a part of a delivery, and adds a repeated one"
                    + " again; write each delivery to a file of its own, with tempPrefix or tempFileName and fileExist: TryRename";

    /** Follows the place. */
    public static final String KEPT_PART =
            ": fileExist: Ignore keeps the part of a file that an interrupted attempt has"
                    + " left, and the repeated delivery writes nothing; use tempPrefix or tempFileName, and fileExist: TryRename";

    /** Follows the place. */
    public static final String REFUSED_REPETITION =
            ": fileExist: Fail refuses a repeated delivery, which is parked in the"
                    + " end although its file is there; use fileExist: TryRename, with tempPrefix or tempFileName";

    /** Follows the place. */
    public static final String SHARED_TEMPORARY_NAME =
            ": two deliveries write under the same temporary name at the same"
                    + " time, and readers receive a mixture; make it unique, for example"
                    + " tempFileName: .${header.ExportDeliveryId}.${header.ExportAttempt}.part";

    /** Follows the place. */
    public static final String CHANGED_NAME =
            ": the file name is another one at each attempt, so a repeated delivery is there"
                    + " twice; compute it from the export, for example ${header.CamelFileName}, and not from the time or the attempt";

    /** Follows the place. */
    public static final String NO_ID =
            ": a repeated message has no header ExportDeliveryId by which receivers recognize it;"
                    + " keep the header, for example in excludePattern of removeHeaders";

    /** Follows the place. */
    public static final String SAME_ID =
            ": a repeated part of a delivery has the ExportDeliveryId of all parts, so receivers"
                    + " do not recognize it; set a header such as ExportPart to ${exchangeProperty.CamelSplitIndex} in each"
                    + " part, or use kafka-records: or table-records:, which send all rows in one transaction";

    private static final String LOSS = ", and the delivery ends as delivered or skipped although its message has not"
            + " arrived, so nothing repeats it; ";
    private static final String NO_WAIT =
            " does not wait, so the delivery ends before its message has arrived, and a failure or the"
                    + " end of the process loses it; ";

    private RouteHazards() {}

    /** Steps after which a delivery is final although its message has not arrived. */
    public static List<RouteFault> ofLoss(ModelCamelContext context, Collection<Path> files) {
        return in(context, files, RouteHazards::losses);
    }

    /** Steps that send a part of a delivery again although it has arrived. */
    public static List<RouteFault> ofRepetition(ModelCamelContext context, Collection<Path> files) {
        return in(context, files, RouteWarnings::repeatedParts);
    }

    private static List<RouteFault> in(
            ModelCamelContext context,
            Collection<Path> files,
            BiFunction<Path, RouteDefinition, Stream<RouteFault>> rule) {
        return files.stream()
                .map(RouteFile::read)
                .flatMap(file -> context.getRouteDefinitions().stream()
                        .filter(route -> file.isOriginOf(route.getResource()))
                        .flatMap(route -> rule.apply(file.path(), route)))
                .toList();
    }

    private static Stream<RouteFault> losses(Path file, RouteDefinition route) {
        List<RouteFault> found = new ArrayList<>();
        if (route.getErrorHandlerFactory() instanceof DeadLetterChannelDefinition) {
            found.add(fault(
                    file,
                    route.getInput().getLineNumber(),
                    "the errorHandler deadLetterChannel takes the exception" + LOSS + "remove it"));
        }
        for (ProcessorDefinition<?> step :
                ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ProcessorDefinition.class)) {
            losses(file, step, found);
        }
        return found.stream();
    }

    private static void losses(Path file, ProcessorDefinition<?> step, List<RouteFault> found) {
        if (step instanceof TryDefinition doTry) {
            doTry.getCatchClauses().stream()
                    .filter(clause -> !throwsAgain(clause))
                    .forEach(clause -> found.add(fault(
                            file,
                            clause.getLineNumber(),
                            "doCatch swallows the exception" + LOSS + "remove it, or end it with throwException")));
        } else if (step instanceof OnExceptionDefinition handler) {
            if ((isSet(handler.getHandled()) || isSet(handler.getContinued())) && !throwsAgain(handler)) {
                found.add(fault(
                        file,
                        handler.getLineNumber(),
                        "onException swallows the exception" + LOSS + "remove handled and continued"));
            }
        } else if (step instanceof CircuitBreakerDefinition breaker && breaker.getOnFallback() != null) {
            found.add(fault(
                    file,
                    breaker.getOnFallback().getLineNumber(),
                    "onFallback swallows the exception" + LOSS
                            + "remove the circuitBreaker: exports: waits for what is down"));
        } else if (step instanceof WireTapDefinition) {
            found.add(fault(
                    file,
                    step.getLineNumber(),
                    "wireTap" + NO_WAIT + "send it with 'to', or with 'toD' if the endpoint is computed"));
        } else if (step instanceof AggregateDefinition) {
            found.add(fault(
                    file,
                    step.getLineNumber(),
                    "aggregate" + NO_WAIT + "send each delivery by itself, without aggregate"));
        } else {
            String uri = step instanceof SendDefinition<?> send
                    ? send.getEndpointUri()
                    : step instanceof ToDynamicDefinition dynamic ? dynamic.getUri() : "";
            if (uri.matches("(seda|disruptor|disruptor-vm|vm):.*")) {
                found.add(fault(
                        file,
                        step.getLineNumber(),
                        uri.replaceFirst(":.*", ":") + NO_WAIT + "use direct: for the route behind it"));
            }
        }
    }

    private static boolean throwsAgain(ProcessorDefinition<?> handler) {
        return Stream.of(ThrowExceptionDefinition.class, RollbackDefinition.class)
                .anyMatch(type -> !ProcessorDefinitionHelper.filterTypeInOutputs(handler.getOutputs(), type)
                        .isEmpty());
    }

    private static boolean isSet(ExpressionSubElementDefinition option) {
        return option != null
                && option.getExpressionType() != null
                && !"false".equals(option.getExpressionType().getExpression().trim());
    }

    private static RouteFault fault(Path file, int line, String message) {
        return new RouteFault(file, line, message, true);
    }
}

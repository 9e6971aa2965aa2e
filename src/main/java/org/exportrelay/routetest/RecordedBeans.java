package org.exportrelay.routetest;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.ChoiceDefinition;
import org.apache.camel.model.HasExpressionType;
import org.apache.camel.model.language.ExpressionDefinition;
import org.apache.camel.model.language.MethodCallExpression;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.AsyncProcessorConverterHelper;
import org.exportrelay.component.Handover;
import org.exportrelay.destinations.Checkable;
import org.exportrelay.destinations.FileClaim;

/**
 * Replaces the calls of beans that reach a server by themselves, and of those that a test names. A call in an expression
 * has a result that no recorder knows: routes with one are not started.
 */
final class RecordedBeans implements InterceptStrategy {

    private static final Pattern SIMPLE = Pattern.compile("\\{bean:(?:type:|name=)?([^}?:]+)");

    private final MessageRecorder recorder;

    RecordedBeans(MessageRecorder recorder) {
        this.recorder = recorder;
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        expressions(definition).forEach(expression -> refuseCalls(context, expression));
        if (!(definition instanceof BeanDefinition step)) {
            return target;
        }
        return recording(context, step.getRef() == null ? step.getBeanType() : step.getRef())
                .orElse(target);
    }

    /**
     * What takes the place of a bean.
     *
     * @param reference its name, or the name of its class
     * @return empty if routes call the bean itself
     */
    Optional<Processor> recording(CamelContext context, String reference) {
        if (reference == null) {
            return Optional.empty();
        }
        String name = context.resolvePropertyPlaceholders(reference).replaceFirst("^#(bean:|class:)?", "");
        Object bean = context.getRegistry().lookupByName(name);
        Optional<String> nameHeader = bean instanceof Checkable checkable ? checkable.nameHeader() : Optional.empty();
        if (recorder.replaces(name)) {
            return Optional.of(recording("bean:" + name, nameHeader));
        }
        if (bean instanceof Checkable reaching) {
            return Optional.of(recording(EndpointPattern.plain(reaching.target()), nameHeader));
        }
        return bean == null && isOfCheckableClass(context, name)
                ? Optional.of(recording("bean:" + name, nameHeader))
                : Optional.empty();
    }

    private static boolean isOfCheckableClass(CamelContext context, String name) {
        Class<?> type = context.getClassResolver().resolveClass(name);
        return type != null && Checkable.class.isAssignableFrom(type);
    }

    private static Stream<ExpressionDefinition> expressions(NamedNode definition) {
        Stream<? extends HasExpressionType> steps = definition instanceof ChoiceDefinition choice
                ? choice.getWhenClauses().stream()
                : Stream.of(definition)
                        .filter(HasExpressionType.class::isInstance)
                        .map(HasExpressionType.class::cast);
        return steps.map(HasExpressionType::getExpressionType).filter(expression -> expression != null);
    }

    private void refuseCalls(CamelContext context, ExpressionDefinition expression) {
        references(expression)
                .filter(reference -> recording(context, reference).isPresent())
                .findFirst()
                .ifPresent(reference -> {
                    throw new IllegalArgumentException("a test cannot replace the bean " + reference
                            + " in an expression, whose result it does not know; call the bean in a step: bean: {ref: "
                            + reference + "}");
                });
    }

    private static Stream<String> references(ExpressionDefinition expression) {
        if (expression instanceof MethodCallExpression call) {
            return Stream.of(call.getRef() == null ? String.valueOf(call.getBeanTypeName()) : call.getRef());
        }
        return SIMPLE.matcher(String.valueOf(expression.getExpression()))
                .results()
                .flatMap(found -> {
                    String name = found.group(1);
                    return Stream.of(name, name.replaceFirst("\\.[^.]*$", ""));
                });
    }

    /**
     * @param nameHeader the header with the name of an object in a bucket
     */
    private Processor recording(String uri, Optional<String> nameHeader) {
        return AsyncProcessorConverterHelper.convert(exchange -> {
            String key = nameHeader
                    .map(header -> exchange.getMessage().getHeader(header, String.class))
                    .orElse(null);
            String target = key == null ? uri : uri + "/" + key;
            recorder.refuse(null, uri, target);
            FileClaim claim = new FileClaim(exchange, GenericFileExist.Override);
            if (key != null) {
                claim.claim(target, () -> recorder.has(target));
            }
            recorder.accept(null, uri, key, exchange);
            Handover.mark(exchange);
            if (key != null) {
                claim.written(target);
            }
        });
    }
}

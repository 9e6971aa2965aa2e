package org.exportrelay.routes;

import io.quarkus.runtime.util.ExceptionUtil;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.NoSuchBeanException;
import org.apache.camel.NoSuchEndpointException;
import org.apache.camel.language.simple.types.SimpleIllegalSyntaxException;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.util.ObjectHelper;
import org.apache.camel.util.URISupport;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;

/** Turns what Camel and YAML throw into what an operator can act on. */
final class FaultText {

    private static final Pattern MISSING_KEY = Pattern.compile("Property with key \\[([^]]+)] not found");
    private static final Pattern NO_CONSTANT =
            Pattern.compile("Enum class (?:class )?(\\S+) does not have any constant with value: (\\S+)");
    private static final Pattern NO_NUMBER = Pattern.compile("For input string: \"([^\"]*)\"");
    private static final Pattern FAILED_STEP = Pattern.compile("at: >>> (.*?) <<< in route", Pattern.DOTALL);
    /** Of the route alert-on-failed-exports of version 0.1.0, which operators have copied into their folders. */
    private static final Pattern REPLACED_BEAN = Pattern.compile("\\b(alerted|failedExportText)\\b");

    private FaultText() {}

    static RouteFault ofParsing(RouteFile file, Throwable thrown) {
        ReaderException character = ObjectHelper.getException(ReaderException.class, thrown);
        if (character != null) {
            return YamlFault.of(file, character);
        }
        MarkedYamlEngineException marked = ObjectHelper.getException(MarkedYamlEngineException.class, thrown);
        return marked == null ? new RouteFault(file.path(), 0, of(thrown), true) : YamlFault.of(file, marked);
    }

    /** Camel names the step that cannot be built by its text, from which its line is found again. */
    static RouteFault ofBuilding(RouteFile file, List<RouteDefinition> routes, Throwable thrown) {
        Matcher step = FAILED_STEP.matcher(String.valueOf(thrown.getMessage()));
        String text = step.find() ? step.group(1) : "";
        int line = routes.stream()
                .flatMap(route ->
                        ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ProcessorDefinition.class)
                                .stream())
                .filter(definition -> definition.toString().equals(text))
                .mapToInt(ProcessorDefinition::getLineNumber)
                .findFirst()
                .orElse(routes.isEmpty() ? 0 : routes.get(0).getInput().getLineNumber());
        SimpleIllegalSyntaxException syntax = ObjectHelper.getException(SimpleIllegalSyntaxException.class, thrown);
        return syntax == null
                ? new RouteFault(file.path(), line, of(thrown, text), true)
                : ofExpression(file, line, syntax);
    }

    /** Shows an expression only if the file has it as it is: values of {{keys}} can be secrets. */
    private static RouteFault ofExpression(RouteFile file, int line, SimpleIllegalSyntaxException syntax) {
        String expression = String.valueOf(syntax.getExpression());
        int ownLine = RouteLines.ofExpression(file.text(), line, expression);
        boolean isWritten = file.text().contains(expression);
        String place = " cannot be read";
        if (isWritten) {
            int index = Math.min(Math.max(0, syntax.getIndex()), expression.length());
            place = syntax.getMessage().contains(" eol")
                    ? " ends too early: " + expression
                    : place + " from here on: " + expression.substring(index);
        }
        return new RouteFault(
                file.path(),
                ownLine,
                "the expression" + place + "; check its operator, quotes and braces (docs/routes.md, \"Filters and expressions\")",
                true);
    }

    static String of(Throwable thrown) {
        return of(thrown, "");
    }

    /**
     * @param written the endpoint or step as the route file has it, without the values of its {{keys}}
     */
    static String of(Throwable thrown, String written) {
        Throwable root = ExceptionUtil.getRootCause(thrown);
        String text = String.valueOf(root.getMessage());
        Optional<String> key = missingKey(text);
        if (key.isPresent()) {
            return MissingKeys.message(key.get());
        }
        Optional<List<String>> unknown = UnknownOptions.names(root, written);
        if (unknown.isPresent()) {
            return unknown(unknown.get());
        }
        Matcher constant = NO_CONSTANT.matcher(text);
        if (constant.find()) {
            return constant.group(2) + " is not one of the values that this option takes"
                    + constants(constant.group(1));
        }
        if (root instanceof NumberFormatException) {
            return notANumber(text, written);
        }
        Optional<String> extension = MissingExtension.message(root);
        if (extension.isPresent()) {
            return extension.get();
        }
        if (root instanceof NoSuchEndpointException noSuch) {
            return "there is no component " + noSuch.getUri().replaceFirst(":.*", "")
                    + "; correct the scheme before the first ':'";
        }
        if (root instanceof URISyntaxException syntax && syntax.getIndex() >= 0) {
            return "the URI of this endpoint contains "
                    + YamlFault.named(syntax.getInput().codePointAt(syntax.getIndex()))
                    + ", which no URI can contain; percent-encode it, or put the option under parameters";
        }
        Matcher bean = REPLACED_BEAN.matcher(text);
        if (bean.find()) {
            return "the bean " + bean.group(1) + " of version 0.1.0 is gone; replace this file by"
                    + " routes/examples/alert-on-failed-exports.camel.yaml, and add"
                    + " routes/examples/poll-failed-exports.camel.yaml; the keys stay the same (docs/upgrade.md)";
        }
        if (root instanceof NoSuchBeanException noSuch && noSuch.getName() != null) {
            return "there is no bean " + noSuch.getName() + "; correct its name, or define it under '- beans:'";
        }
        return URISupport.sanitizeUri(firstLine(text));
    }

    /** The value itself only if the route file has it: it may come from a {{key}}. */
    private static String notANumber(String problem, String written) {
        Matcher value = NO_NUMBER.matcher(problem);
        Matcher option = value.find()
                ? Pattern.compile("[?&]([^?&={}]+)=" + Pattern.quote(value.group(1)) + "(?:&|$)")
                        .matcher(written)
                : NO_NUMBER.matcher("");
        return option.find()
                ? option.group(1) + "=" + value.group(1) + " is not a number; write digits only"
                : "the value of an option is not a number; write digits only";
    }

    private static String unknown(List<String> names) {
        return names.isEmpty()
                ? "the value of a {{key}} contains '&', which starts another option; write RAW({{key}}) in the route,"
                        + " or use a value without ')&'"
                : "unknown option " + String.join(", ", names) + "; correct its name or remove it";
    }

    /** The key without a value that keeps something from being built. */
    static Optional<String> missingKey(Throwable thrown) {
        return missingKey(String.valueOf(ExceptionUtil.getRootCause(thrown).getMessage()));
    }

    private static Optional<String> missingKey(String text) {
        Matcher key = MISSING_KEY.matcher(text);
        return key.find() ? Optional.of(key.group(1)) : Optional.empty();
    }

    private static String constants(String enumName) {
        try {
            Object[] constants = Class.forName(
                            enumName, false, Thread.currentThread().getContextClassLoader())
                    .getEnumConstants();
            return constants == null
                    ? ""
                    : ": " + Stream.of(constants).map(Object::toString).collect(Collectors.joining(", "));
        } catch (ClassNotFoundException e) {
            return "";
        }
    }

    static String firstLine(String text) {
        return text.lines().findFirst().orElse("").strip();
    }
}

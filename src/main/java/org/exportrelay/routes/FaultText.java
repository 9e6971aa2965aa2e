package org.exportrelay.routes;

import io.quarkus.runtime.util.ExceptionUtil;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.NoSuchEndpointException;
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
    private static final Pattern FAILED_STEP = Pattern.compile("at: >>> (.*?) <<< in route", Pattern.DOTALL);
    private static final Pattern OPTION_NAME = Pattern.compile("[?&]([^?&={}]+)=");
    /** Of the route alert-on-failed-exports of version 0.1.0, which operators have copied into their folders. */
    private static final Pattern REPLACED_BEAN = Pattern.compile("\\b(alerted|failedExportText)\\b");

    private static final Pattern UNKNOWN_PARAMETERS = Pattern.compile("Unknown parameters=\\[\\{(.*)}]");

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
    static RouteFault ofBuilding(Path file, List<RouteDefinition> routes, Throwable thrown) {
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
        return new RouteFault(file, line, of(thrown, text), true);
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
        Matcher unknown = UNKNOWN_PARAMETERS.matcher(text);
        if (unknown.find()) {
            return unknown(unknown.group(1), written);
        }
        Matcher constant = NO_CONSTANT.matcher(text);
        if (constant.find()) {
            return constant.group(2) + " is not one of the values that this option takes"
                    + constants(constant.group(1));
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
        return URISupport.sanitizeUri(firstLine(text));
    }

    /** Names only options that the route file itself names: any other is part of a value, which may be a secret. */
    private static String unknown(String unknown, String written) {
        String names = OPTION_NAME
                .matcher(written)
                .results()
                .map(name -> name.group(1))
                .filter(name -> unknown.matches("(?s)(.*, )?" + Pattern.quote(name) + "=.*"))
                .distinct()
                .collect(Collectors.joining(", "));
        return names.isEmpty()
                ? "the value of a {{key}} contains '&', which starts another option; write RAW({{key}}) in the route,"
                        + " or use a value without ')&'"
                : "unknown option " + names + "; correct its name or remove it";
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

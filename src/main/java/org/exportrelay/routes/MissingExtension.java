package org.exportrelay.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.NoSuchEndpointException;
import org.apache.camel.NoSuchLanguageException;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDynamicDefinition;

/**
 * Names the Camel Quarkus extension that a route needs and this program does not have. The catalog of Camel Quarkus knows
 * which extension contains which component, data format and language.
 */
final class MissingExtension {

    private static final String CATALOG = "org/apache/camel/catalog/quarkus/";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9+.-]+");
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
    private static final List<Pattern> NO_DATA_FORMAT = List.of(
            Pattern.compile("Data format '([^']+)' could not be created"),
            Pattern.compile("Cannot find data format with name: (\\S+)"));
    private static final Pattern WORD_START = Pattern.compile("-([a-z])");

    private MissingExtension() {}

    /**
     * What to add, if a route cannot be built for want of an extension.
     *
     * @param root the cause of all others
     */
    static Optional<String> message(Throwable root) {
        if (root instanceof NoSuchEndpointException endpoint) {
            return ofComponent(endpoint.getUri());
        }
        if (root instanceof NoSuchLanguageException language) {
            return message("language", "languages", language.getLanguage());
        }
        String text = String.valueOf(root.getMessage());
        return NO_DATA_FORMAT.stream()
                .map(pattern -> pattern.matcher(text))
                .filter(Matcher::find)
                .findFirst()
                .flatMap(format -> message("data format", "dataformats", format.group(1)));
    }

    /** Warnings about endpoints that Camel creates only when a message is sent to them. */
    static List<RouteFault> warnings(Path file, RouteDefinition route, CamelContext context) {
        return ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ToDynamicDefinition.class).stream()
                .filter(step -> !hasComponent(context, step.getUri()))
                .flatMap(step -> ofComponent(step.getUri())
                        .map(text -> RouteFault.warning(file, step.getLineNumber(), RouteRule.MISSING_EXTENSION, text))
                        .stream())
                .toList();
    }

    private static boolean hasComponent(CamelContext context, String uri) {
        Matcher scheme = SCHEME.matcher(uri);
        return !scheme.matches() || context.getComponent(scheme.group(1), true, false) != null;
    }

    private static Optional<String> ofComponent(String uri) {
        Matcher scheme = SCHEME.matcher(uri);
        return scheme.matches() ? message("component", "components", scheme.group(1)) : Optional.empty();
    }

    private static Optional<String> message(String kind, String folder, String name) {
        return artifact(folder, name)
                .map(artifact -> "this program does not have the " + kind + " " + name + "; add " + artifact
                        + " and build it again, see 'Add a Camel extension' in docs/install.md");
    }

    /** Empty if no extension has it, for example because its name is misspelt. */
    private static Optional<String> artifact(String folder, String name) {
        String inCamelCase =
                WORD_START.matcher(name).replaceAll(start -> start.group(1).toUpperCase(Locale.ROOT));
        return Stream.of(name, inCamelCase)
                .filter(file -> NAME.matcher(file).matches())
                .flatMap(file -> read(CATALOG + folder + "/" + file + ".json").stream())
                .findFirst();
    }

    private static Optional<String> read(String entry) {
        try (InputStream json = MissingExtension.class.getClassLoader().getResourceAsStream(entry)) {
            if (json == null) {
                return Optional.empty();
            }
            JsonNode artifact = new ObjectMapper().readTree(json).findValue("artifactId");
            return Optional.ofNullable(artifact).map(JsonNode::asText);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.exportrelay.routes;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.component.properties.DefaultPropertiesParser;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.component.properties.PropertiesLookup;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.PropertyBindingSupport;
import org.exportrelay.config.Secrets;

/**
 * Resolves {@code {{keys}}} as Camel does, but takes the values of secrets literally: a password may contain {@code
 * {{…}}}, {@code #bean:} or any other character. In the options of the components that {@link #BOUND} lists, Camel
 * receives a reference to the value instead of the value, so that no URI, and no message that quotes one, contains the
 * secret. Thread-safe.
 */
@Singleton
@Unremovable
@Named("secretPlaceholders")
final class SecretPlaceholders extends DefaultPropertiesParser {

    /** Components that set every option by its type, which looks up references. Others read some options as they are. */
    private static final Set<String> BOUND = Set.of("exports", "sftp", "kafka", "kafka-records", "table-records");

    /** The n-th secret of a text while Camel resolves the rest: private-use characters, which Camel leaves alone. */
    private static final Pattern SECRET = Pattern.compile("\uE000(\\d+)\uE001");

    private static final Pattern OPTION =
            Pattern.compile("([?&][\\w.-]+=)(?:RAW\\(((?:(?!\\)&).)*)\\)|(\uE000\\d+\uE001))(?=&|$)", Pattern.DOTALL);

    /** What Camel does not take as the value of a bean's property, but calls. */
    private static final Pattern FUNCTION = Pattern.compile("^#(?:bean:|class:|type:|property:|valueAs\\(|autowired$)");

    /** Camel resolves the value of a bean's property once more. */
    private final Set<String> resolved = ConcurrentHashMap.newKeySet();

    @Inject
    SecretPlaceholders(CamelContext context) {
        super((PropertiesComponent) context.getPropertiesComponent());
    }

    @Override
    public String parseUri(
            String text,
            PropertiesLookup properties,
            boolean defaultFallbackEnabled,
            boolean keepUnresolvedOptional,
            boolean nestedPlaceholder) {
        if (isResolved(text)) {
            return escaped(withoutAddedBraces(text), 0);
        }
        List<String> secrets = new ArrayList<>();
        String parsed = super.parseUri(
                text,
                (name, defaultValue) -> marked(name, properties.lookup(name, defaultValue), secrets),
                defaultFallbackEnabled,
                keepUnresolvedOptional,
                nestedPlaceholder);
        return parsed == null || secrets.isEmpty() ? parsed : literal(withReferences(parsed, secrets), secrets);
    }

    private boolean isResolved(String text) {
        return resolved.contains(text) || resolved.contains(withoutAddedBraces(text));
    }

    /** Camel adds them to a text that has none. */
    private String withoutAddedBraces(String text) {
        return !resolved.contains(text) && text.endsWith("}}") ? text.substring(0, text.length() - 2) : text;
    }

    private static String marked(String name, String value, List<String> secrets) {
        if (value == null || !Secrets.isSecretName(name)) {
            return value;
        }
        secrets.add(value);
        return "\uE000" + (secrets.size() - 1) + "\uE001";
    }

    private String withReferences(String uri, List<String> secrets) {
        if (!BOUND.contains(uri.replaceFirst("(?s):.*", ""))) {
            return uri;
        }
        return OPTION.matcher(uri).replaceAll(option -> {
            String value = option.group(2) != null ? option.group(2) : option.group(3);
            return SECRET.matcher(value).find()
                    ? option.group(1) + "RAW(#bean:" + bind(replaced(value, secrets)) + ")"
                    : Matcher.quoteReplacement(option.group());
        });
    }

    /** As characters, since Camel would resolve a text again. The same value has the same name in every context. */
    private String bind(String secret) {
        String name = "secret-" + UUID.nameUUIDFromBytes(secret.getBytes(StandardCharsets.UTF_8));
        Registry registry = getPropertiesComponent().getCamelContext().getRegistry();
        if (registry.lookupByName(name) == null) {
            registry.bind(name, secret.toCharArray());
        }
        return name;
    }

    private String literal(String text, List<String> secrets) {
        Matcher whole = SECRET.matcher(text);
        if (whole.matches() && secret(whole, secrets).contains("{{")) {
            resolved.add(secret(whole, secrets));
        }
        if (whole.matches() && FUNCTION.matcher(secret(whole, secrets)).find() && isPropertyOfABean()) {
            return "#bean:" + bind(secret(whole, secrets));
        }
        return SECRET.matcher(text)
                .replaceAll(marker ->
                        Matcher.quoteReplacement(escaped(secret(marker, secrets), text.length() - marker.end())));
    }

    /** Only the caller shows whether Camel sets a property, where it would call a function, or reads any other text. */
    private static boolean isPropertyOfABean() {
        return StackWalker.getInstance()
                .walk(frames ->
                        frames.anyMatch(frame -> frame.getClassName().equals(PropertyBindingSupport.class.getName())));
    }

    private static String replaced(String text, List<String> secrets) {
        return SECRET.matcher(text).replaceAll(marker -> Matcher.quoteReplacement(secret(marker, secrets)));
    }

    private static String secret(MatchResult marker, List<String> secrets) {
        return secrets.get(Integer.parseInt(marker.group(1)));
    }

    /**
     * Camel afterwards drops a backslash in front of braces, and any that is among the last two characters of a text.
     *
     * @param behind the number of characters behind it
     */
    private static String escaped(String secret, int behind) {
        String escaped = secret.replace("\\{{", "\\\\{{").replace("\\}}", "\\\\}}");
        int last = escaped.indexOf('\\', Math.max(0, escaped.length() + Math.min(behind, 2) - 2));
        return last < 0 ? escaped : escaped.substring(0, last) + "\\" + escaped.substring(last);
    }
}

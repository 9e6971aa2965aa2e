package org.exportrelay.config;

import io.smallrye.config.EnvConfigSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The environment as a source of settings. Values are literal, since a secret may hold any character: neither {@code
 * ${…}} nor {@code $$} in them is expanded. Blanks at the end are dropped, of secrets only line breaks. Variables that
 * Kubernetes creates for Services are ignored where they would replace a port, and so are empty ones.
 */
final class EnvironmentVariables {

    private static final int ORDINAL = 300;
    /** A namespace can have hundreds of Services. */
    private static final int MOST_NAMES = 5;

    /** {@code SFTP_PORT=tcp://10.0.0.1:22} exists in every pod of a namespace with a Service {@code sftp}. */
    private static final Pattern SERVICE_PORT = Pattern.compile(".+_PORT");

    private static final Pattern SERVICE_ADDRESS = Pattern.compile("\\w+://\\S+");
    private static final Pattern BLANKS = Pattern.compile("[\\s\\u00A0]+$");
    private static final Pattern LINE_BREAKS = Pattern.compile("[\\r\\n]+$");
    /** An expression whose value is a backslash: a plain one before a dollar sign would be read as an escape. */
    private static final String BACKSLASH = "${literal.backslash:\\}";

    private final Map<String, String> variables;

    EnvironmentVariables(Map<String, String> variables) {
        this.variables = variables;
    }

    /** For the same configuration that expands expressions in values of files. */
    EnvConfigSource source() {
        Map<String, String> values = new TreeMap<>();
        variables.forEach((name, value) -> {
            String trimmed = trimmed(name, value);
            // Otherwise an empty variable would replace the value of the file by none.
            if (!trimmed.isEmpty() && !isServicePort(name, value)) {
                values.put(name, escaped(trimmed));
            }
        });
        return new EnvConfigSource(values, ORDINAL);
    }

    /** The names of ignored variables that Kubernetes has created. */
    Set<String> servicePorts() {
        Set<String> names = new TreeSet<>();
        variables.forEach((name, value) -> {
            if (isServicePort(name, value)) {
                names.add(name);
            }
        });
        return names;
    }

    /** A line for the log if variables of Services are ignored. */
    Optional<String> warning() {
        Set<String> names = servicePorts();
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of("environment: ignored, because Kubernetes creates them for Services and their values are"
                        + " addresses, not ports: "
                        + names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "))
                        + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "")
                        + "; set enableServiceLinks: false in the pod, and a port in application.properties");
    }

    private static boolean isServicePort(String name, String value) {
        return SERVICE_PORT.matcher(name).matches()
                && SERVICE_ADDRESS.matcher(value).matches();
    }

    private static String trimmed(String name, String value) {
        return (Secrets.isSecretName(name) ? LINE_BREAKS : BLANKS)
                .matcher(value)
                .replaceFirst("");
    }

    private static String escaped(String value) {
        return value.contains("$") ? value.replace("$", "$$").replace("\\", BACKSLASH) : value;
    }
}

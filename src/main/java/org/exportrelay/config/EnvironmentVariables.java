package org.exportrelay.config;

import io.smallrye.config.EnvConfigSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The environment as a source of settings. Values are literal, since a secret may hold any character: neither {@code
 * ${…}} nor {@code $$} in them is expanded. Blanks at the end are dropped, of secrets only line breaks. Variables that
 * Kubernetes creates for Services are ignored where they would replace a port.
 */
final class EnvironmentVariables {

    private static final int ORDINAL = 300;
    /** {@code SFTP_PORT=tcp://10.0.0.1:22} exists in every pod of a namespace with a Service {@code sftp}. */
    private static final Pattern SERVICE_PORT = Pattern.compile(".+_PORT");

    private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://\\S+:\\d{1,5}");
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
            if (!isServicePort(name, value)) {
                values.put(name, escaped(trimmed(name, value)));
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

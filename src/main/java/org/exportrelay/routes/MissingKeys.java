package org.exportrelay.routes;

import io.smallrye.config.common.utils.StringUtil;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.exportrelay.config.Secrets;
import org.exportrelay.config.SettingsFile;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Finds every key of a route file that has no value, where Camel reports only the first. Only for files that cannot be
 * built: Camel does not resolve every text.
 */
final class MissingKeys {

    /** Notes for readers, and templates, whose keys are their parameters. */
    private static final Set<String> NOT_RESOLVED =
            Set.of("description", "note", "routeTemplate", "route-template", "templateBean");

    private MissingKeys() {}

    /** The keys, with the line in which each is used first. */
    static Map<String, Integer> in(RouteFile file, CamelContext context) {
        Map<String, Integer> missing = new LinkedHashMap<>();
        for (Node node : YamlNodes.in(file.text(), key -> !NOT_RESOLVED.contains(key))) {
            Placeholder.in(node).forEach(placeholder -> {
                try {
                    context.resolvePropertyPlaceholders(placeholder.text());
                } catch (IllegalArgumentException e) {
                    FaultText.missingKey(e).ifPresent(key -> missing.putIfAbsent(key, placeholder.line()));
                }
            });
        }
        return missing;
    }

    /** What an operator can do about one. */
    static String message(String key) {
        SettingsFile settings = SettingsFile.inWorkingDirectory();
        return "{{" + key + "}} has no value; "
                + MisspeltKeys.nearest(key, settings.keys())
                        .map(set -> "application.properties sets " + set + ": correct the name of one of the two")
                        .orElseGet(() -> "set "
                                + (Secrets.isSecretName(key)
                                        ? "the environment variable " + StringUtil.replaceNonAlphanumericByUnderscores(key).toUpperCase(Locale.ROOT)
                                        : key + " in application.properties")
                                + ", which is read at start");
    }
}

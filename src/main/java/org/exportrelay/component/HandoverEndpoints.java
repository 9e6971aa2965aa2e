package org.exportrelay.component;

import java.util.HashSet;
import java.util.Set;

/** Which endpoints take an export out of its route. All do, but for those that docs/routes.md lists. */
public final class HandoverEndpoints {

    /** What they send counts, not they themselves. */
    private static final Set<String> ROUTES = Set.of("direct", "kamelet", "saga");

    /** Only log, measure, control, compute, convert or validate. */
    private static final Set<String> STEPS = Set.of(
            "atlasmap",
            "bean",
            "bean-validator",
            "chunk",
            "class",
            "controlbus",
            "crypto",
            "dataformat",
            "flatpack",
            "fop",
            "freemarker",
            "jolt",
            "json-patch",
            "json-validator",
            "jsonata",
            "jslt",
            "jte",
            "language",
            "log",
            "mapstruct",
            "metrics",
            "micrometer",
            "msv",
            "mustache",
            "mvel",
            "pdf",
            "schematron",
            "string-template",
            "thymeleaf",
            "tika",
            "validator",
            "velocity",
            "wasm",
            "xj",
            "xmlsecurity-sign",
            "xmlsecurity-verify",
            "xquery",
            "xslt",
            "xslt-saxon");

    private static final Set<String> NO_HANDOVER = new HashSet<>(STEPS);

    static {
        NO_HANDOVER.addAll(ROUTES);
    }

    private HandoverEndpoints() {}

    /** Whether an export is handed over when this endpoint has accepted it. */
    public static boolean accept(String uri) {
        return !NO_HANDOVER.contains(scheme(uri));
    }

    /** The same of a tap, which does not wait: what a route behind it does is not known when the tapped route ends. */
    static boolean acceptTap(String uri) {
        return !STEPS.contains(scheme(uri));
    }

    private static String scheme(String uri) {
        int end = uri.indexOf(':');
        return end < 0 ? uri : uri.substring(0, end);
    }
}

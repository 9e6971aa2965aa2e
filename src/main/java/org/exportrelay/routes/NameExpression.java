package org.exportrelay.routes;

import java.util.List;
import java.util.regex.Pattern;

/**
 * How a route names files or objects.
 *
 * @param option or header that it sets
 * @param text in Camel's simple or file language
 * @param line where, 1 or more
 */
record NameExpression(String option, String text, int line) {

    private static final Pattern FUNCTION = Pattern.compile("\\$(?:simple)?\\{([^{}]*)}?");
    /** Different for each file; beans may be. {@code noext} without {@code single} removes the export's id too. */
    private static final Pattern UNIQUE =
            Pattern.compile("(?!.*(?:substring|replace)).*\\b(?:CamelFileName|ExportDeliveryId)\\b.*"
                    + "|file:(?:only)?name(?:\\.noext\\.single)?|uuid.*|exchangeId|messageId|id|bean:.*",
            // As the names of headers are.
            Pattern.CASE_INSENSITIVE);

    /**
     * Whether two files can have the same name.
     *
     * @param isManifest whether an export has one file only
     */
    boolean canRepeat(boolean isManifest) {
        List<String> functions = FUNCTION.matcher(text)
                .results()
                .map(result -> result.group(1).strip())
                .toList();
        boolean isOfFile = names(functions, "ExportId") && (isManifest || names(functions, "ExportFile"));
        return !isOfFile
                && functions.stream()
                        .noneMatch(function -> UNIQUE.matcher(function).matches());
    }

    private static boolean names(List<String> functions, String header) {
        return functions.stream().anyMatch(function -> function.matches("(?i).*\\b" + header + "\\b.*"));
    }

    String warning(String destination) {
        return option + "=" + text + ": two files can have the same name here, and the second is then parked; add"
                + " ${header.CamelFileName}, which is unique, or set overwrite=true at exports:" + destination
                + " if the latest file is to replace the others";
    }
}

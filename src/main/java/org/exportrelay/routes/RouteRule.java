package org.exportrelay.routes;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** What a finding is about. All but {@link #FAULT} are warnings; a comment can switch off those that concern a line of a route. */
public enum RouteRule {
    FAULT("The route cannot run."),
    NOT_LOADED("A file looks like a route file, but is not loaded because of its name."),
    REPEATED_KEY("A block has the same key twice, and the first value is ignored."),
    UNQUOTED_MARK("A value begins with & or !, which YAML does not read as part of the value."),
    MISSPELT_SETTING("application.properties sets a key that no route uses, but a similar one is used."),
    PARTIAL_FILE("Readers can see a file before it is complete."),
    UNCHECKED_HOST_KEY("A machine that impersonates the server receives the files and the password."),
    NO_LOGIN("The endpoint of an SFTP server has neither a password nor a private key."),
    UNREADABLE_KEY_FILE("The private key file does not exist or cannot be read."),
    UNUSABLE_PGP_KEY("A PGP key is missing, cannot be read or cannot be used now, so no file is delivered."),
    PGP_IN_MEMORY("A marshal step encrypts files in memory, and the ledger does not know what is delivered."),
    REPEATED_PARTS("After a failed part of a split, the other parts are sent, and all are sent again."),
    REPEATED_NAME("Two deliveries can have the same file name; the second one is parked."),
    LINK_AS_FILE("A directory or server receives a link to the file instead of the file."),
    UNKNOWN_HEADER("An expression uses a header that no export has."),
    MISSING_EXTENSION(
            "A step that chooses its endpoint at run time needs an extension that the program does not have."),
    UNSHARED_DIRECTORY("A directory of files is in the data directory, which instances do not share."),
    UNKNOWN_DESTINATION(
            "A route that notifies, or that delivers manifests, names a destination that no route delivers to."),
    UNRECORDED_EVENTS("A route that notifies waits for events that no route records."),
    UNKNOWN_RULE("A comment switches off a rule that does not exist.");

    private static final Set<RouteRule> ALWAYS = EnumSet.of(FAULT, NOT_LOADED, MISSPELT_SETTING, UNKNOWN_RULE);

    private final String description;

    RouteRule(String description) {
        this.description = description;
    }

    /** As comments and reports write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** One sentence. */
    public String description() {
        return description;
    }

    /** Those that a comment in a route can switch off. */
    public static Stream<RouteRule> ignorable() {
        return Stream.of(values()).filter(rule -> !ALWAYS.contains(rule));
    }
}

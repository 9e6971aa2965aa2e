package org.exportrelay.console;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.ledger.Event;

/**
 * A line of the file of users: {@code name:role:bcrypt}.
 *
 * @param user who
 * @param hash of the password
 */
public record UserEntry(User user, String hash) {

    /** Of a name, in messages. */
    public static final String NAME_RULE = "1 to 64 letters, digits, '.', '_', '@' and '-', but not relay or console";

    /** A password in UTF-8, of which bcrypt uses no more. */
    public static final int LONGEST_PASSWORD = 72;

    public static final int SHORTEST_PASSWORD = 8;

    private static final int LONGEST_ACTOR = 200;

    /** A quarter of a second for each guess. */
    private static final int COST = 12;

    private static final Pattern NAME = Pattern.compile("[\\p{Alnum}._@-]{1,64}");
    /** Actors that are no users. */
    private static final Set<String> RESERVED = Set.of(Event.RELAY, User.LOCAL.name());
    /** A higher cost would keep the relay busy for seconds. */
    private static final Pattern HASH = Pattern.compile("\\$2[aby]\\$(0[4-9]|1[0-5])\\$[./A-Za-z0-9]{53}");

    private static final Pattern LINE = Pattern.compile("([^:]*):([^:]*):([^:]*)");

    /** Whether a user can have this name. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches() && !RESERVED.contains(name);
    }

    /** Whether events can name a user of another source so. */
    static boolean isActor(String name) {
        return name != null
                && !name.isBlank()
                && name.length() <= LONGEST_ACTOR
                && name.chars().noneMatch(Character::isISOControl)
                && !RESERVED.contains(name);
    }

    /** A new line with a new salt. */
    public static String line(String name, Role role, byte[] password) {
        return line(name, role, password, COST);
    }

    /**
     * As {@link #line(String, Role, byte[])}.
     *
     * @param cost 4 to 15: the logarithm of the work
     */
    static String line(String name, Role role, byte[] password, int cost) {
        byte[] hash = BCrypt.with(BCrypt.Version.VERSION_2B, LongPasswordStrategies.strict(BCrypt.Version.VERSION_2B))
                .hash(cost, password);
        return name + ":" + role.text() + ":" + new String(hash, StandardCharsets.US_ASCII);
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException with the rule that the line breaks; without the hash
     */
    static UserEntry parse(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new IllegalArgumentException("is not name:role:bcrypt");
        }
        if (!isName(parts.group(1))) {
            throw new IllegalArgumentException("has a wrong name; write " + NAME_RULE);
        }
        Optional<Role> role = Role.of(parts.group(2));
        if (role.isEmpty()) {
            throw new IllegalArgumentException("has a wrong role; write viewer or operator");
        }
        if (!HASH.matcher(parts.group(3)).matches()) {
            throw new IllegalArgumentException(
                    "has no bcrypt hash with a cost of 4 to 15; let 'export-relay password'" + " create the line");
        }
        return new UserEntry(new User(parts.group(1), role.get()), parts.group(3));
    }

    boolean accepts(String password) {
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        return bytes.length > 0
                && bytes.length <= LONGEST_PASSWORD
                && BCrypt.verifyer().verify(bytes, hash.getBytes(StandardCharsets.US_ASCII)).verified;
    }
}

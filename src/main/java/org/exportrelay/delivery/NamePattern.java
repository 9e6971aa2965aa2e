package org.exportrelay.delivery;

import java.util.regex.Pattern;

/**
 * A glob over export names: {@code *} is any run of characters, {@code ?} any one; any other
 * character is itself. An export without a name matches only {@code *}.
 */
public final class NamePattern {

    private final String glob;
    private final Pattern pattern;

    /**
     * @param glob not empty
     */
    public NamePattern(String glob) {
        this.glob = glob;
        StringBuilder regex = new StringBuilder();
        glob.codePoints().forEach(c -> {
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(Character.toString(c)));
            }
        });
        this.pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    /** Whether an export's name, null if it has none, is meant. */
    public boolean matches(String name) {
        return pattern.matcher(name == null ? "" : name).matches();
    }

    @Override
    public String toString() {
        return glob;
    }
}

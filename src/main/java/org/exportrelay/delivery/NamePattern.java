package org.exportrelay.delivery;

/**
 * A glob over export names: {@code *} is any run of characters, {@code ?} any one; any other
 * character is itself. An export without a name matches only {@code *}.
 */
public final class NamePattern {

    private final String glob;
    private final int[] pattern;

    /**
     * @param glob not empty
     */
    public NamePattern(String glob) {
        this.glob = glob;
        this.pattern = glob.codePoints().toArray();
    }

    /**
     * Whether an export's name, null if it has none, is meant. The time is bounded by the product of the lengths, whatever
     * the glob: a regular expression with many wildcards may not end.
     */
    public boolean matches(String name) {
        int[] text = (name == null ? "" : name).codePoints().toArray();
        int at = 0;
        int next = 0;
        int lastStar = -1;
        int textAtLastStar = 0;
        while (at < text.length) {
            if (next < pattern.length && pattern[next] == '*') {
                lastStar = next++;
                textAtLastStar = at;
            } else if (next < pattern.length && (pattern[next] == '?' || pattern[next] == text[at])) {
                at++;
                next++;
            } else if (lastStar >= 0) {
                next = lastStar + 1;
                at = ++textAtLastStar;
            } else {
                return false;
            }
        }
        while (next < pattern.length && pattern[next] == '*') {
            next++;
        }
        return next == pattern.length;
    }

    @Override
    public String toString() {
        return glob;
    }
}

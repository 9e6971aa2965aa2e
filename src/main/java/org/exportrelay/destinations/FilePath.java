package org.exportrelay.destinations;

import java.util.ArrayDeque;
import java.util.Deque;

/** Paths on servers, where {@code /} separates names and no local file system can be asked. */
final class FilePath {

    private FilePath() {}

    /**
     * Without {@code .}, {@code ..} and empty names.
     *
     * @return absolute if the path is; a relative one may still begin with {@code ..}
     */
    static String normalized(String path) {
        boolean isAbsolute = path.startsWith("/");
        Deque<String> names = new ArrayDeque<>();
        for (String name : path.split("/")) {
            if (name.isEmpty() || ".".equals(name)) {
                continue;
            }
            if (!"..".equals(name)) {
                names.addLast(name);
            } else if (!names.isEmpty() && !"..".equals(names.peekLast())) {
                names.removeLast();
            } else if (!isAbsolute) {
                names.addLast(name);
            }
        }
        return (isAbsolute ? "/" : "") + String.join("/", names);
    }
}

package org.exportrelay.sandbox;

import java.util.List;
import java.util.Optional;

/**
 * The parameters of a list request.
 *
 * @param limit 1 to 100, by default 25
 * @param offset 0 or more
 * @param status empty: all
 */
record ListQuery(int limit, long offset, Optional<ExportStatus> status) {

    /** One entry of {@code details.issues} in the error that answers a bad request. */
    record Issue(String path, String message) {}

    private static final int DEFAULT_LIMIT = 25;
    private static final int LARGEST_LIMIT = 100;

    /**
     * @param issues receives an entry for every bad parameter; the result then has its default
     */
    static ListQuery parse(QueryString query, List<Issue> issues) {
        long limit = number(query, "limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT, issues);
        long offset = number(query, "offset", 0, 0, Long.MAX_VALUE, issues);
        Optional<String> wanted = query.first("status");
        Optional<ExportStatus> status = wanted.flatMap(ExportStatus::parse);
        if (wanted.isPresent() && status.isEmpty()) {
            issues.add(new Issue("status", "must be one of pending, processing, completed, failed"));
        }
        return new ListQuery((int) limit, offset, status);
    }

    private static long number(
            QueryString query, String name, long byDefault, long least, long most, List<Issue> issues) {
        Optional<String> text = query.first(name);
        if (text.isEmpty()) {
            return byDefault;
        }
        try {
            long value = Long.parseLong(text.get());
            if (value >= least && value <= most) {
                return value;
            }
            issues.add(new Issue(name, value < least ? "must be at least " + least : "must be at most " + most));
        } catch (NumberFormatException e) {
            issues.add(new Issue(name, "must be an integer"));
        }
        return byDefault;
    }
}

package org.exportrelay.console;

import io.vertx.core.MultiMap;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;
import org.exportrelay.config.PointInTime;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.NamePattern;

/** The parameters of a request's query. Each of them is refused, not ignored, if it is unknown, repeated or malformed. */
final class Parameters {

    static final int LONGEST = 1_000;

    private static final int DEFAULT_LIMIT = 50;
    private static final int MOST = 200;

    private final MultiMap values;

    /**
     * @param known their names
     * @throws ProblemException for another one
     */
    Parameters(MultiMap values, Set<String> known) {
        this.values = values;
        for (String name : values.names()) {
            if (!known.contains(name)) {
                throw wrong("the parameter '" + Texts.shortened(name) + "' is unknown"
                        + NearestName.of(name, known)
                                .map(near -> "; did you mean " + near + "?")
                                .orElse("")
                        + (known.isEmpty() ? "; there are none" : "; write " + String.join(", ", known)));
            }
            if (values.getAll(name).size() > 1) {
                throw wrong("the parameter '" + name + "' is there twice; write it once, with values comma-separated");
            }
            Texts.check("the parameter '" + name + "'", values.get(name), LONGEST);
        }
    }

    /** Null if it is absent or empty. */
    String text(String name) {
        String value = values.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Null if it is absent. */
    Instant time(String name) {
        return converted(name, text -> PointInTime.parse(text, Clock.systemUTC().instant()));
    }

    /** The end of a period, which includes it; null if it is absent. */
    Instant end(String name) {
        return converted(
                name, text -> PointInTime.parseEnd(text, Clock.systemUTC().instant()));
    }

    /** Null if it is absent. */
    NamePattern pattern(String name) {
        return converted(name, NamePattern::new);
    }

    /** Empty if it is absent. */
    Set<DeliveryState> states(String name) {
        Set<DeliveryState> states = converted(name, text -> States.parse(Arrays.asList(text.split(","))));
        return states == null ? EnumSet.noneOf(DeliveryState.class) : states;
    }

    /** Empty if it is absent. */
    List<String> list(String name) {
        String value = text(name);
        return value == null ? List.of() : List.of(value.split(","));
    }

    /** How many items a page has at most. */
    int limit() {
        String value = text("limit");
        if (value == null) {
            return DEFAULT_LIMIT;
        }
        if (!value.matches("\\d{1,3}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > MOST) {
            throw wrong("the parameter limit=" + Texts.shortened(value) + " is not a number from 1 to " + MOST);
        }
        return Integer.parseInt(value);
    }

    /** Null if it is absent. */
    <T> T cursor(Function<String, T> decode) {
        String value = text("cursor");
        return value == null ? null : decode.apply(value);
    }

    private <T> T converted(String name, Function<String, T> convert) {
        String value = text(name);
        try {
            return value == null ? null : convert.apply(value);
        } catch (IllegalArgumentException e) {
            throw wrong("the parameter " + name + ": " + Texts.shortened(e.getMessage()));
        }
    }

    static ProblemException wrong(String detail) {
        return new Problem(400, detail).exception();
    }

    /** The names of parameters of a list: its filters, and those of every list. */
    static Set<String> ofList(String... filters) {
        return Stream.concat(Stream.of(filters), Stream.of("limit", "cursor"))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}

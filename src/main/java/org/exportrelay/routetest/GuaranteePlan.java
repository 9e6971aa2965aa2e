package org.exportrelay.routetest;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * What a test of the guarantees runs.
 *
 * @param file with the routes, and their settings in its first test
 * @param exports of all rounds, in the order in which they are published
 */
public record GuaranteePlan(RouteTestFile file, List<GivenExport> exports) {

    /** So that each round has something to deliver. */
    private static final int EXPORTS_PER_ROUND = 4;

    public GuaranteePlan {
        exports = List.copyOf(exports);
    }

    /**
     * With copies of the exports of the first test, as far as they can be delivered.
     *
     * @param rounds in which exports are published
     */
    static GuaranteePlan of(RouteTestFile file, long seed, int rounds) {
        List<GivenExport> given = file.tests().get(0).exports().stream()
                .filter(export -> !export.failed() && !export.expired() && !export.damaged())
                .toList();
        List<GivenExport> samples = given.isEmpty() ? List.of(new GivenExports(file.path()).usual(1)) : given;
        return new GuaranteePlan(
                file,
                IntStream.range(0, EXPORTS_PER_ROUND * rounds)
                        .mapToObj(i -> copy(samples.get(i % samples.size()), seed + "-" + i))
                        .toList());
    }

    private static GivenExport copy(GivenExport export, String name) {
        String id =
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
        return new GivenExport(id, export.name(), export.createdAt(), false, false, false, export.files());
    }

    /** Those that are published in a round; in the calm run, all. */
    public List<GivenExport> publishedIn(GuaranteeRound round) {
        int from = EXPORTS_PER_ROUND * (round.number() - 1);
        return round.number() == 0 ? exports : exports.subList(from, from + EXPORTS_PER_ROUND);
    }

    /** Those that are published when a round has begun. */
    List<GivenExport> publishedUntil(GuaranteeRound round) {
        return round.number() == 0 ? exports : exports.subList(0, EXPORTS_PER_ROUND * round.number());
    }
}

package org.exportrelay.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;

/** Draws random exports, each always the same for the same seed and ordinal. */
final class ExportDraw {

    private static final int ONE_IN_FAILS = 25;
    private static final int ONE_IN_HAS_PARTS = 8;
    private static final int MOST_PARTS = 3;

    private final Seed seed;
    private final Duration urlLifetime;
    private final int minRecords;
    private final int maxRecords;

    ExportDraw(SandboxOptions options) {
        seed = new Seed(options.seed());
        urlLifetime = options.urlLifetime();
        minRecords = options.minRecords();
        maxRecords = options.maxRecords();
    }

    /** An export that is created then: some seconds pending, some seconds processing. */
    SandboxExport live(long ordinal, Instant created) {
        SplittableRandom random = seed.random("export " + ordinal);
        String id = uuid(random);
        Instant createdAt = created.truncatedTo(ChronoUnit.MILLIS);
        String name = random.nextBoolean() ? "properties_export" : "people_export";
        List<SandboxFile> files = files(name, createdAt, random);
        Instant startedAt = createdAt.plusMillis(random.nextInt(1_000, 4_000));
        Instant finishedAt = startedAt.plusMillis(random.nextInt(2_000, 8_000));
        boolean failed = random.nextInt(ONE_IN_FAILS) == 0;
        return new SandboxExport(
                id, name, createdAt, startedAt, finishedAt, failed, createdAt.plus(urlLifetime), files);
    }

    /** An export that was created then and is completed by the given time, which is not earlier. */
    SandboxExport finished(long ordinal, Instant created, Instant by) {
        SandboxExport drawn = live(ordinal, created);
        return finished(ordinal, drawn.name(), created, by, drawn.files());
    }

    /** The same with a name and files of the caller's; only the id is drawn. */
    SandboxExport finished(long ordinal, String name, Instant created, Instant by, List<SandboxFile> files) {
        return ended(live(ordinal, created), name, by, false, files);
    }

    /** An export that was created then and has failed by the given time, which is not earlier. */
    SandboxExport failed(long ordinal, String name, Instant created, Instant by) {
        SandboxExport drawn = live(ordinal, created);
        return ended(drawn, name, by, true, drawn.files());
    }

    private static SandboxExport ended(
            SandboxExport drawn, String name, Instant by, boolean failed, List<SandboxFile> files) {
        Instant latest = by.truncatedTo(ChronoUnit.MILLIS);
        return new SandboxExport(
                drawn.id(),
                name,
                drawn.createdAt(),
                earlier(drawn.startedAt(), latest),
                earlier(drawn.finishedAt(), latest),
                failed,
                drawn.expiresAt(),
                files);
    }

    private List<SandboxFile> files(String name, Instant createdAt, SplittableRandom random) {
        LocalDate day = createdAt.atOffset(ZoneOffset.UTC).toLocalDate();
        int records = logUniform(random);
        boolean inParts = random.nextInt(ONE_IN_HAS_PARTS) == 0;
        int parts = inParts ? Math.min(records, random.nextInt(2, MOST_PARTS + 1)) : 1;
        if (parts == 1) {
            return List.of(new SandboxFile(name + "_" + day + ".csv.gz", records));
        }
        return IntStream.range(0, parts)
                .mapToObj(part -> new SandboxFile(
                        name + "_" + day + "_part" + (part + 1) + ".csv.gz",
                        records / parts + (part < records % parts ? 1 : 0)))
                .toList();
    }

    /** Most exports are small, a few are large. */
    private int logUniform(SplittableRandom random) {
        double exponent = random.nextDouble();
        double ratio = (maxRecords + 1.0) / minRecords;
        return Math.min(maxRecords, (int) (minRecords * Math.pow(ratio, exponent)));
    }

    private static String uuid(SplittableRandom random) {
        long high = random.nextLong() & ~0xF000L | 0x4000L;
        long low = random.nextLong() & ~(3L << 62) | 1L << 63;
        return new UUID(high, low).toString();
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}

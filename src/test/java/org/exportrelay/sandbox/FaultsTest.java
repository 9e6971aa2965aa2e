package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultsTest {

    private static final int MANY = 20_000;
    private static final FileKey FILE = new FileKey("id", 0);
    private static final Instant NOON = Instant.parse("2026-02-17T12:00:00Z");

    @Test
    void areAsFrequentAsTheirShareAndStallsTheRarest() {
        Faults faults = new Faults(0.3, new Seed(1));
        Map<ApiFault, Integer> api = new EnumMap<>(ApiFault.class);
        Map<StoreFault, Integer> store = new EnumMap<>(StoreFault.class);
        for (int i = 0; i < MANY; i++) {
            api.merge(faults.ofApi(true), 1, Integer::sum);
            store.merge(faults.ofStore(new FileKey("file " + i, 0)), 1, Integer::sum);
        }

        assertThat(api).containsOnlyKeys(ApiFault.values());
        assertThat(store).containsOnlyKeys(StoreFault.values());
        assertThat((double) api.get(ApiFault.NONE) / MANY).isCloseTo(0.7, within(0.02));
        assertThat((double) store.get(StoreFault.NONE) / MANY).isCloseTo(0.7, within(0.02));
        assertThat(api.values()).allMatch(count -> count >= api.get(ApiFault.STALL));
        assertThat(store.values()).allMatch(count -> count >= store.get(StoreFault.STALL));
        assertThat((double) api.get(ApiFault.STALL) / MANY).isLessThan(0.03);
    }

    @Test
    void doNotHappenWithoutAShare() {
        Faults faults = new Faults(0, new Seed(1));

        for (int i = 0; i < 1_000; i++) {
            assertThat(faults.ofApi(true)).isEqualTo(ApiFault.NONE);
            assertThat(faults.ofStore(FILE)).isEqualTo(StoreFault.NONE);
        }
    }

    @Test
    void shiftPagesOnlyAndNeverByNothing() {
        Faults faults = new Faults(1, new Seed(1));
        Set<Integer> shifts = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            assertThat(faults.ofApi(false)).isNotIn(ApiFault.SHIFTED_PAGE, ApiFault.NONE);
            shifts.add(faults.shift());
        }

        assertThat(shifts).containsExactlyInAnyOrder(-3, -2, -1, 1, 2, 3);
    }

    @Test
    void neverCorruptAFileTwiceWithoutAnIntactAnswerBetween() {
        Faults faults = new Faults(0.9, new Seed(2));
        boolean owedIntact = false;
        int corrupt = 0;
        for (int i = 0; i < 5_000; i++) {
            StoreFault fault = faults.ofStore(FILE);
            if (fault == StoreFault.CORRUPT_GZIP) {
                assertThat(owedIntact).isFalse();
                corrupt++;
                owedIntact = true;
            } else if (fault == StoreFault.NONE) {
                owedIntact = false;
            }
        }

        assertThat(corrupt).isGreaterThan(100);
    }

    @Test
    void damageATenthOfTheirShareOfTheExportsPermanently() {
        Faults faults = new Faults(0.5, new Seed(1));
        List<SandboxExport> exports = exports(4_000, false);

        assertThat(exports.stream().filter(faults::incurable).count() / 4_000.0).isCloseTo(0.05, within(0.01));
        assertThat(exports(4_000, true)).noneMatch(faults::incurable);
        assertThat(exports).noneMatch(new Faults(0, new Seed(1))::incurable);
    }

    @Test
    void damageTheFirstFileOfAnIncurableExportOnly() {
        Faults faults = new Faults(1, new Seed(1));
        for (SandboxExport export : exports(200, false)) {
            assertThat(faults.damaged(export, 0)).isEqualTo(faults.incurable(export));
            assertThat(faults.damaged(export, 1)).isFalse();
        }
    }

    private static List<SandboxExport> exports(int number, boolean failed) {
        SandboxFile file = new SandboxFile("a.csv.gz", 1);
        return IntStream.range(0, number)
                .mapToObj(i -> new SandboxExport(
                        "export-" + i, null, NOON, NOON, NOON, failed, NOON.plusSeconds(1), List.of(file, file)))
                .toList();
    }
}

package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FileContentsTest {

    private static final Instant NOON = Instant.parse("2026-02-17T12:00:00Z");

    private final SandboxExport export = new SandboxExport(
            "id",
            "properties_export",
            NOON,
            NOON,
            NOON,
            false,
            NOON.plusSeconds(60),
            List.of(new SandboxFile("a.csv.gz", 100), new SandboxFile("a.csv.gz", 100)));

    @Test
    void remembersWhatFits() {
        FileContents contents = new FileContents(new Seed(1), 1 << 20);

        assertThat(contents.bytes(export, 0)).isSameAs(contents.bytes(export, 0));
    }

    @Test
    void generatesAgainWhatDidNotFit() {
        FileContents contents = new FileContents(new Seed(1), 10);
        byte[] first = contents.bytes(export, 0);

        assertThat(contents.bytes(export, 0)).isNotSameAs(first).isEqualTo(first);
    }

    @Test
    void forgetsWhatWasUsedLongestAgo() {
        int size = new FileContents(new Seed(1), 0).facts(export, 0).size();
        FileContents contents = new FileContents(new Seed(1), size + size / 2);
        byte[] first = contents.bytes(export, 0);
        byte[] second = contents.bytes(export, 1);

        assertThat(contents.bytes(export, 1)).isSameAs(second);
        assertThat(contents.bytes(export, 0)).isNotSameAs(first);
    }

    @Test
    void knowsSizesWithoutTheBytes() {
        FileContents contents = new FileContents(new Seed(1), 0);

        assertThat(contents.facts(export, 1)).isSameAs(contents.facts(export, 1));
        assertThat(contents.facts(export, 1).size()).isEqualTo(contents.bytes(export, 1).length);
    }
}

package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StaleTempFilesTest {

    @Test
    void areThoseOfEarlierAttemptsOfTheSameDelivery() {
        StaleTempFiles staleFiles = new StaleTempFiles(
                directory -> Optional.of(Stream.of(".a.1.part", ".a.3.part", ".b.1.part", "a.csv.gz")));
        assertThat(staleFiles.of("in/.a.3.part", new Attempt("a", 3))).containsExactly("in/.a.1.part");
    }

    /** Such a server answers "no such file" while another upload in the directory is renamed. */
    @Test
    void haveKnownNamesWhereTheDirectoryCannotBeListed() {
        StaleTempFiles staleFiles = new StaleTempFiles(directory -> Optional.empty());
        assertThat(staleFiles.of("in/.a.3.part", new Attempt("a", 3))).containsExactly("in/.a.1.part", "in/.a.2.part");
        assertThat(staleFiles.of("in/.a.1.part", new Attempt("a", 1))).isEmpty();
        assertThat(staleFiles.of("in/other.tmp", new Attempt("a", 3))).isEmpty();
    }
}

package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StaleTempFilesTest {

    private static final Function<String, Optional<Stream<String>>> CANNOT_LIST = directory -> Optional.empty();

    private final StaleTempFiles staleFiles = new StaleTempFiles();
    private final AtomicInteger listings = new AtomicInteger();

    @Test
    void areThoseOfEarlierAttemptsOfTheSameDelivery() {
        assertThat(staleFiles.of(
                        "in/.a.3.part", attempt("a", 3), listing(".a.1.part", ".a.3.part", ".b.1.part", "a.csv.gz")))
                .containsExactly("in/.a.1.part");
    }

    /** Such a server answers "no such file" while another upload in the directory is renamed. */
    @Test
    void haveKnownNamesWhereTheDirectoryCannotBeListed() {
        assertThat(staleFiles.of("in/.a.3.part", attempt("a", 3), CANNOT_LIST))
                .containsExactly("in/.a.1.part", "in/.a.2.part");
        assertThat(staleFiles.of("in/.a.1.part", attempt("a", 1), CANNOT_LIST)).isEmpty();
        assertThat(staleFiles.of("in/other.tmp", attempt("a", 3), CANNOT_LIST)).isEmpty();
    }

    @Test
    void needNoListingForADeliveryThatWasNeverBegun() {
        assertThat(staleFiles.of("in/.a.1.part", new Attempt("a", 1, true), listing(".a.1.part")))
                .isEmpty();
        assertThat(listings).hasValue(0);
    }

    @Test
    void needOneListingOfADirectoryForAllDeliveries() {
        Function<String, Optional<Stream<String>>> listing = listing(".a.7.part", ".b.9.part");
        assertThat(staleFiles.of("in/.a.1.part", attempt("a", 1), listing)).containsExactly("in/.a.7.part");
        assertThat(staleFiles.of("in/.b.3.part", attempt("b", 3), listing))
                .containsExactlyInAnyOrder("in/.b.9.part", "in/.b.1.part", "in/.b.2.part");
        assertThat(staleFiles.of("in/.c.2.part", attempt("c", 2), listing)).containsExactly("in/.c.1.part");
        assertThat(listings).hasValue(1);
        staleFiles.of("out/.c.2.part", attempt("c", 2), listing);
        assertThat(listings).hasValue(2);
    }

    @Test
    void needAnotherListingOnceAFileCouldNotBeRemoved() {
        staleFiles.of("in/.a.1.part", attempt("a", 1), listing());
        staleFiles.forget();
        assertThat(staleFiles.of("in/.a.1.part", attempt("a", 1), listing(".a.9.part")))
                .containsExactly("in/.a.9.part");
    }

    private Function<String, Optional<Stream<String>>> listing(String... names) {
        return directory -> {
            listings.incrementAndGet();
            return Optional.of(Stream.of(names));
        };
    }

    private static Attempt attempt(String deliveryId, int number) {
        return new Attempt(deliveryId, number, false);
    }
}

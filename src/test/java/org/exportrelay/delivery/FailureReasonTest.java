package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a failed delivery says, in the log, in status and in the ledger. */
class FailureReasonTest {

    @ParameterizedTest
    @MethodSource
    void saysWhatTheSystemRefusedWithoutClassNames(Throwable failure, String text) {
        assertThat(FailureReason.of(failure)).isEqualTo(text);
    }

    static Stream<Arguments> saysWhatTheSystemRefusedWithoutClassNames() {
        return Stream.of(
                Arguments.of(
                        new GenericFileOperationFailedException(
                                "Cannot store file: /srv/in/a.csv.gz", new AccessDeniedException("/srv/in/a.csv.gz")),
                        "Cannot store file: /srv/in/a.csv.gz: /srv/in/a.csv.gz: permission denied"),
                Arguments.of(new NoSuchFileException("/srv/in"), "/srv/in: no such file or directory"),
                Arguments.of(
                        new FileSystemException("/srv/in", null, "No space left on device"),
                        "/srv/in: No space left on device"),
                Arguments.of(
                        new FileNotFoundException("/srv/in/a (Permission denied)"), "/srv/in/a (Permission denied)"),
                Arguments.of(new NullPointerException(), "null pointer"),
                Arguments.of(
                        new CamelExchangeException("step", null, new IOException("java.io.IOException: broken pipe")),
                        "broken pipe"));
    }

    @Test
    void isOneLineOfLimitedLength() {
        assertThat(FailureReason.of(new IOException("a\nb\t" + "c".repeat(1000))))
                .startsWith("a b c")
                .hasSizeLessThan(610)
                .endsWith("…");
    }
}

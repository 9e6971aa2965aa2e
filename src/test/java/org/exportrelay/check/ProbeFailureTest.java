package org.exportrelay.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProbeFailureTest {

    private static final String HINT = "check host and port";

    @ParameterizedTest
    @MethodSource
    void givesTheReasonOnceWithoutClassNames(Throwable failure, String text) {
        assertThat(ProbeFailure.describe(failure, HINT)).isEqualTo(text);
    }

    static Stream<Arguments> givesTheReasonOnceWithoutClassNames() {
        IOException refused = new ConnectException("Connection refused");
        return Stream.of(
                Arguments.of(refused, "Connection refused; " + HINT),
                Arguments.of(new IOException(refused), "Connection refused; " + HINT),
                Arguments.of(new IOException("cannot connect", refused), "cannot connect: Connection refused; " + HINT),
                Arguments.of(
                        new IllegalStateException(
                                "cannot connect (java.net.ConnectException: Connection refused)", refused),
                        "cannot connect (Connection refused); " + HINT),
                Arguments.of(
                        new ExecutionException(new IOException("bad answer (SftpException)")), "bad answer; " + HINT),
                Arguments.of(new SocketTimeoutException(), "socket timeout; " + HINT),
                Arguments.of(new OutOfMemoryError(), "out of memory; " + HINT),
                Arguments.of(
                        new IOException("Failed to resolve", new UnknownHostException("nowhere.example: Name unknown")),
                        "Failed to resolve: there is no host nowhere.example; " + HINT),
                Arguments.of(new AccessDeniedException("/srv/in"), "/srv/in: permission denied; " + HINT),
                Arguments.of(new NoSuchFileException("/srv/in"), "/srv/in: no such file or directory; " + HINT),
                Arguments.of(new FileAlreadyExistsException("/srv/in"), "/srv/in: is not a directory; " + HINT),
                Arguments.of(
                        new FileSystemException("/srv/in", null, "Read-only file system"),
                        "/srv/in: Read-only file system; " + HINT),
                Arguments.of(
                        new GenericFileOperationFailedException(
                                "sftp://h: refused; check the quota",
                                new DeliveryException(
                                        FailureAction.RETRY, "sftp://h: refused; check the quota", refused)),
                        "sftp://h: refused; check the quota"),
                Arguments.of(new SettingsException("x=1: too low; write 2"), "x=1: too low; write 2"));
    }
}

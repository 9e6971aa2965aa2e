package org.exportrelay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class DiskFaultTest {

    @Test
    void knowsADiskThatCannotBeWrittenWhateverIsWrappedAroundIt() {
        assertThat(DiskFault.in(new IOException("No space left on device"))).contains("No space left on device");
        assertThat(DiskFault.in(new IllegalStateException(
                        "Cannot store file", new FileSystemException("/srv/a", null, "Read-only file system"))))
                .contains("Read-only file system");
        assertThat(DiskFault.in(new FileSystemException("/srv/a", null, "Disk quota exceeded")))
                .contains("Disk quota exceeded");
    }

    @Test
    void takesNothingElseForOne() {
        assertThat(DiskFault.in(new IOException("Connection reset"))).isEmpty();
        assertThat(DiskFault.in(new IOException())).isEmpty();
        assertThat(DiskFault.in(new IllegalStateException("No space left on device")))
                .isEmpty();
        assertThat(DiskFault.in(new FileSystemException("/srv/No space left on device")))
                .isEmpty();
    }
}

package org.exportrelay.destinations.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryProbeTest {

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final DirectoryProbe probe = new DirectoryProbe();

    @Test
    void createsTheDirectoryAndLeavesNothingInIt() throws IOException {
        assertThat(test(directory.resolve("deep/archive"))).isEqualTo("wrote and removed a file");
        assertThat(names(directory.resolve("deep/archive"))).isEmpty();
    }

    @Test
    void noticesADiskThatIsFullAndLeavesNothingOnIt() throws IOException {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("disk"), 2)) {
            disk.fill();
            assertFails();
            disk.empty();
            test(directory.resolve("disk"));
            assertThat(names(directory.resolve("disk"))).isEmpty();
        }
    }

    @Test
    void noticesADiskThatIsFullButForATinyFile() throws IOException {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("disk"), 2)) {
            Files.write(directory.resolve("disk/ballast"), new byte[(2 << 20) - (100 << 10)]);
            Files.write(directory.resolve("disk/tiny"), new byte[1000]);
            Files.delete(directory.resolve("disk/tiny"));
            assertFails();
        }
    }

    private void assertFails() throws IOException {
        assertThatThrownBy(() -> test(directory.resolve("disk"))).hasMessageContaining("No space left on device");
        assertThat(names(directory.resolve("disk"))).containsExactly("ballast");
    }

    private String test(Path tested) throws IOException {
        return probe.test(context.getEndpoint("file:" + tested));
    }

    private static List<String> names(Path listed) throws IOException {
        try (Stream<Path> files = Files.list(listed)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}

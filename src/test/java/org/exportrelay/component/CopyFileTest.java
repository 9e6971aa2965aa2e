package org.exportrelay.component;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyFileTest {

    @TempDir
    private Path directory;

    @Test
    void knowsItsSizeAndItsChecksum() throws Exception {
        byte[] text = "parcel_id,owner\n".getBytes(UTF_8);
        DeliveredContent content;
        try (CopyFile copy = copy(32)) {
            copy.write(text);
            copy.write(text);
            content = copy.content();
        }
        assertThat(directory.resolve("1.1.copy")).hasContent("parcel_id,owner\nparcel_id,owner\n");
        String sha256 = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest("parcel_id,owner\nparcel_id,owner\n".getBytes(UTF_8)));
        assertThat(content).isEqualTo(new DeliveredContent(32, sha256));
    }

    /** Each line of JSON Lines repeats the names of the columns, so that a small file can become a very large one. */
    @Test
    void parksAFileThatBecomesLargerThanItMay() throws Exception {
        byte[] text = "parcel_id,owner\n".getBytes(UTF_8);
        try (CopyFile copy = copy(31)) {
            copy.write(text);
            assertThatThrownBy(() -> copy.write(text))
                    .cause()
                    .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                            .isEqualTo(FailureAction.PARK))
                    .hasMessage(
                            "properties.csv.gz becomes larger than relay.download.max-expanded-size=31 bytes in the form"
                                    + " that the route asks for; raise it if the file is genuine, restart, then replay");
        }
    }

    /** Camel's data formats write the end of what they have begun, and ignore that this fails. */
    @Test
    void isNotCompleteAfterAFailureHoweverItEnds() throws Exception {
        try (CopyFile copy = copy(20)) {
            copy.write(new byte[20]);
            assertThatThrownBy(() -> copy.write(new byte[1])).hasMessageContaining("becomes larger");
            copy.write(new byte[5]);
            copy.flush();
            copy.close();
            assertThatThrownBy(copy::content).hasMessageContaining("becomes larger");
        }
        assertThat(directory.resolve("1.1.copy")).hasSize(20);
    }

    @Test
    void isNotCompleteIfItsLastBytesDoNotFitOnTheDisk() throws Exception {
        // The buffer is written when the file is closed.
        try (CopyFile copy =
                new CopyFile(Path.of("/dev/full"), "properties.csv.gz", 100, MessageDigest.getInstance("SHA-256"))) {
            copy.write(new byte[20]);
            assertThatThrownBy(copy::content).hasMessageContaining("No space left on device");
        }
    }

    private CopyFile copy(long largest) throws Exception {
        return new CopyFile(
                directory.resolve("1.1.copy"), "properties.csv.gz", largest, MessageDigest.getInstance("SHA-256"));
    }
}

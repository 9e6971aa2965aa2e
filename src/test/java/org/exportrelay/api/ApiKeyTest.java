package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.exportrelay.config.TestSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeyTest {

    @TempDir
    private Path directory;

    @Test
    void isTheOneOfTheSettingsWhereThereIsNoFile() {
        assertThat(new ApiKey(TestSettings.of("relay.api.key", "dm_sk_live_x")).current())
                .contains("dm_sk_live_x");
        assertThat(new ApiKey(TestSettings.of()).current()).isEmpty();
    }

    @Test
    void isWhatTheFileHoldsNowAlsoBehindALinkThatIsSwapped() throws IOException {
        Path first = Files.writeString(directory.resolve("1"), "dm_sk_live_1\n");
        Path second = Files.writeString(directory.resolve("2"), "dm_sk_live_2\n");
        Path link = Files.createSymbolicLink(directory.resolve("key"), first);
        ApiKey key = new ApiKey(TestSettings.of("relay.api.key-file", link.toString()));
        assertThat(key.current()).contains("dm_sk_live_1");
        Files.delete(link);
        Files.createSymbolicLink(link, second);
        assertThat(key.current()).contains("dm_sk_live_2");
    }

    @Test
    void staysTheLastOneWhileTheFileIsGoneOrEmpty() throws IOException {
        Path file = Files.writeString(directory.resolve("key"), "dm_sk_live_1");
        ApiKey key = new ApiKey(TestSettings.of("relay.api.key-file", file.toString()));
        assertThat(key.current()).contains("dm_sk_live_1");
        Files.delete(file);
        assertThat(key.current()).contains("dm_sk_live_1");
        Files.writeString(file, "");
        assertThat(key.current()).contains("dm_sk_live_1");
        Files.writeString(file, "dm_sk_live_2");
        assertThat(key.current()).contains("dm_sk_live_2");
    }

    @Test
    void isNotPartOfItsText() {
        assertThat(new ApiKey(TestSettings.of("relay.api.key", "dm_sk_live_x")))
                .asString()
                .doesNotContain("dm_sk");
    }
}

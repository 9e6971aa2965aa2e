package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("api-key");
    }

    @Test
    void takesTheKeyWithoutTheLineBreakThatEditorsAdd() throws IOException {
        Files.writeString(file, "dm_sk_live_x\r\n");
        assertThat(KeyFile.read(file)).isEqualTo("dm_sk_live_x");
        assertThatCode(() -> Settings.requireKey(TestSettings.of("relay.api.key-file", file.toString())))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uFEFFdm_sk_live_x\r\n", "\uFEFFdm_sk_live_x", "dm_sk_live_x\r\n\r\n"})
    void readsAKeyAsWindowsEditorsSaveIt(String content) throws IOException {
        Files.writeString(file, content);
        assertThat(KeyFile.read(file)).isEqualTo("dm_sk_live_x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE"})
    void namesAnEncodingThatIsNotUtf8(String charset) throws IOException {
        Files.writeString(file, "dm_sk_live_x\r\n", Charset.forName(charset));
        assertThatThrownBy(() -> KeyFile.read(file))
                .hasMessage("relay.api.key-file=" + file + ": is in UTF-16; save it in UTF-8");
    }

    @ParameterizedTest
    @CsvSource({
        "'', is empty",
        "' \n', is empty",
        "'dm_sk_live_x\nX-Injected: 1', holds more than a key",
        "'DM_API_KEY = dm_sk_live_x', holds more than a key",
        "dm_sk_live_ż, holds more than a key"
    })
    void saysInOneLineWhatIsWrongWithoutShowingIt(String content, String problem) throws IOException {
        Files.writeString(file, content);
        assertThatThrownBy(() -> KeyFile.read(file))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("relay.api.key-file=" + file + ": " + problem)
                .message()
                .doesNotContain("dm_sk_live_x", "\n");
    }

    @Test
    void saysThatThereIsNoFileBeforeAnythingStarts() {
        RelaySettings settings = TestSettings.of("relay.api.key-file", file.toString());
        assertThatThrownBy(() -> Settings.requireKey(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessage("relay.api.key-file=" + file
                        + ": cannot be read (NoSuchFileException); make it a file that this user may read");
    }
}

package org.exportrelay.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads {@code relay.api.key-file}. No message shows what is in it. */
public final class KeyFile {

    private static final int LARGEST_BYTES = 16 * 1024;

    private KeyFile() {}

    /**
     * The key, without white space around it and without a byte order mark.
     *
     * @throws SettingsException if there is no such file, or no key in it
     */
    public static String read(Path file) {
        String content = content(file).strip();
        if (content.isEmpty()) {
            throw fault(file, "is empty; write the key (dm_sk_live_…) into it");
        }
        // A line break would end the header that carries the key.
        if (!content.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw fault(file, "holds more than a key; write the key (dm_sk_live_…) into it, and nothing else");
        }
        return content;
    }

    private static String content(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(LARGEST_BYTES);
            TextEncoding.problem(content).ifPresent(problem -> {
                throw fault(file, problem);
            });
            return TextEncoding.decode(content);
        } catch (IOException e) {
            throw fault(
                    file,
                    "cannot be read (" + e.getClass().getSimpleName() + "); make it a file that this user may read");
        }
    }

    private static SettingsException fault(Path file, String problem) {
        return new SettingsException(List.of("relay.api.key-file=" + file + ": " + problem));
    }
}

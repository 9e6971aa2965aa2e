package org.exportrelay.config;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Text files as editors save them: in UTF-8 with or without a byte order mark, or in UTF-16. */
public final class TextEncoding {

    private static final int LITTLE_ENDIAN = 0xFFFE;
    private static final int BIG_ENDIAN = 0xFEFF;

    private TextEncoding() {}

    /** The text without a byte order mark; in UTF-16 only if it has one. */
    public static String decode(byte[] content) {
        // Java's UTF-16 reads the byte order mark, which has the order.
        Charset charset = hasUtf16Mark(content) ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
        String text = new String(content, charset);
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /**
     * Why a file is not a text in UTF-8, with the action; follows the name of the file in a message.
     *
     * @return empty if it may be one
     */
    public static Optional<String> problem(byte[] content) {
        if (hasUtf16Mark(content) || content.length > 1 && (content[0] == 0) != (content[1] == 0)) {
            return Optional.of("is in UTF-16; save it in UTF-8");
        }
        for (byte character : content) {
            if (character == 0) {
                return Optional.of("contains the character NUL, so it is not a text; write it again, in UTF-8");
            }
        }
        return Optional.empty();
    }

    private static boolean hasUtf16Mark(byte[] content) {
        int start = content.length < 2 ? 0 : (content[0] & 0xFF) << 8 | content[1] & 0xFF;
        return start == BIG_ENDIAN || start == LITTLE_ENDIAN;
    }
}

package org.exportrelay.pgp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.bcpg.ArmoredInputStream;
import org.bouncycastle.openpgp.PGPMarker;
import org.bouncycastle.openpgp.PGPObjectFactory;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPKey;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.exportrelay.config.TextEncoding;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureReason;

/**
 * A file with OpenPGP keys, as {@code gpg --export} writes it, armored or binary. It is read at each use, so that it can be
 * replaced at any time; it is only parsed when its content has changed. Either all of it is understood, or none: what is cut
 * off or damaged is refused. Not thread-safe.
 */
final class PgpKeyFile {

    private static final int LARGEST_BYTES = 1 << 20;
    /** In the first byte of everything in OpenPGP that is not armored. */
    private static final int BINARY = 0x80;

    private static final String BEGIN = "-----BEGIN PGP ";
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN PGP ([A-Z ]+)-----.*?-----END PGP \\1-----", Pattern.DOTALL);

    private final Path path;
    /** What was parsed last. */
    private byte[] content;

    private List<OpenPGPCertificate> keys = List.of();

    PgpKeyFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /**
     * All keys of the file, one or more; those with secret parts are {@link OpenPGPKey}s. The same list as before if the
     * file has not changed.
     *
     * @throws DeliveryException an outage, if the file cannot be read
     */
    private List<OpenPGPCertificate> read() throws DeliveryException {
        byte[] now = content();
        if (!Arrays.equals(now, content)) {
            keys = parse(now);
            content = now;
        }
        return keys;
    }

    /**
     * Asks Bouncy Castle something about all keys of the file. What it cannot answer, for whichever reason, is a problem of the
     * file: the same question to the same file would fail again.
     *
     * @throws DeliveryException an outage, if the file cannot be read, or the question fails
     */
    <T> T ask(Question<T> question) throws DeliveryException {
        try {
            return question.of(read());
        } catch (RuntimeException e) {
            throw failure(
                    "has a key that cannot be used (" + FailureReason.of(e)
                            + "); export the key again, or replace it by one of another kind",
                    e);
        }
    }

    /** What is asked about keys. */
    @FunctionalInterface
    interface Question<T> {
        T of(List<OpenPGPCertificate> keys) throws DeliveryException;
    }

    /**
     * One of the keys cannot be used: a failure that concerns the destination as a whole, and ends when the file is replaced.
     *
     * @param problem follows the owner and the file, and ends with what to do
     * @param cause may be null
     */
    DeliveryException failure(OpenPGPCertificate key, String problem, Throwable cause) {
        return outage("the PGP key of " + KeyValidity.owner(key) + " in " + path + " " + problem, cause);
    }

    /** The same of the file as a whole. */
    DeliveryException failure(String problem, Throwable cause) {
        return outage("the PGP key file " + path + " " + problem, cause);
    }

    private static DeliveryException outage(String message, Throwable cause) {
        return new DeliveryException(FailureAction.OUTAGE, message, cause);
    }

    private byte[] content() throws DeliveryException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(LARGEST_BYTES + 1);
            if (bytes.length > LARGEST_BYTES) {
                throw failure(
                        "is larger than 1 MiB; export only the key that is needed, with gpg --export-options export-minimal",
                        null);
            }
            return bytes;
        } catch (IOException e) {
            throw failure("cannot be read (" + FailureReason.of(e) + "); correct its path or its rights", e);
        }
    }

    private List<OpenPGPCertificate> parse(byte[] bytes) throws DeliveryException {
        List<OpenPGPCertificate> found = new ArrayList<>();
        String text = TextEncoding.decode(bytes);
        try {
            if (text.contains(BEGIN)) {
                parseBlocks(text, found);
            } else if (bytes.length > 0 && (bytes[0] & BINARY) != 0) {
                parse(new ByteArrayInputStream(bytes), found);
            }
        } catch (IOException | RuntimeException e) {
            throw failure("is cut off or damaged (" + FailureReason.of(e) + "); export the key again", e);
        }
        if (found.isEmpty()) {
            throw failure("contains no OpenPGP key; write one into it with gpg --export --armor", null);
        }
        return List.copyOf(found);
    }

    /** A file may have several, one for each key; what is beside them is a comment. */
    private void parseBlocks(String text, List<OpenPGPCertificate> found) throws IOException {
        List<String> blocks =
                BLOCK.matcher(text).results().map(block -> block.group() + "\n").toList();
        int begun = (text.length() - text.replace(BEGIN, "").length()) / BEGIN.length();
        if (blocks.size() < begun) {
            throw new IOException("a block has a BEGIN line, but no END line");
        }
        for (String block : blocks) {
            try (InputStream in =
                    new ArmoredInputStream(new ByteArrayInputStream(block.getBytes(StandardCharsets.UTF_8)))) {
                parse(in, found);
            }
        }
    }

    private static void parse(InputStream in, List<OpenPGPCertificate> found) throws IOException {
        PGPObjectFactory objects = new PGPObjectFactory(in, new BcKeyFingerprintCalculator());
        for (Object object = objects.nextObject(); object != null; object = objects.nextObject()) {
            if (object instanceof PGPSecretKeyRing ring) {
                found.add(new OpenPGPKey(ring));
            } else if (object instanceof PGPPublicKeyRing ring) {
                found.add(new OpenPGPCertificate(ring));
            } else if (!(object instanceof PGPMarker)) {
                throw new IOException("it contains something else than keys");
            }
        }
    }
}

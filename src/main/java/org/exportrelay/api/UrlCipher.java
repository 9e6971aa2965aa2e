package org.exportrelay.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.logging.Logger;

/**
 * Encrypts the URLs of an export with a key that is derived from the API key: only who has the API key, and could
 * request the URLs anyway, can read them. AES-256 in GCM, a random nonce for each text, bound to the export's id.
 * Thread-safe.
 */
@Singleton
public final class UrlCipher {

    private static final Logger LOG = Logger.getLogger(UrlCipher.class);
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final String KEY_PURPOSE = "export-relay: download URLs in the ledger";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final ApiKey key;
    private final ObjectMapper json;
    private final SecureRandom random = new SecureRandom();

    @Inject
    UrlCipher(ApiKey key, @Named("exportsJson") ObjectMapper json) {
        this.key = key;
        this.json = json;
    }

    /** An export with its URLs as a text that reveals nothing of them; empty if there is no API key. */
    public Optional<String> encrypt(Export export) {
        return key.current().map(secret -> encrypt(export, secret));
    }

    private String encrypt(Export export, String secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, secret, nonce, export.exportId())
                    .doFinal(compressed(export));
            return Base64.getEncoder()
                    .encodeToString(ByteBuffer.allocate(NONCE_BYTES + encrypted.length)
                            .put(nonce)
                            .put(encrypted)
                            .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The export; empty if the text was encrypted with another API key, or for another export. */
    public Optional<Export> decrypt(String exportId, String text) {
        return key.current().flatMap(secret -> decrypt(exportId, text, secret));
    }

    private Optional<Export> decrypt(String exportId, String text, String secret) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            byte[] nonce = Arrays.copyOf(bytes, NONCE_BYTES);
            byte[] content = cipher(Cipher.DECRYPT_MODE, secret, nonce, exportId)
                    .doFinal(bytes, NONCE_BYTES, bytes.length - NONCE_BYTES);
            return Optional.of(json.readValue(new GZIPInputStream(new ByteArrayInputStream(content)), Export.class));
        } catch (GeneralSecurityException | IOException | RuntimeException otherKey) {
            LOG.debugf("the URLs of export %s in the ledger cannot be read with this API key", exportId);
            return Optional.empty();
        }
    }

    private byte[] compressed(Export export) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            json.writeValue(zip, export);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Cipher cipher(int mode, String secret, byte[] nonce, String exportId)
            throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] derived = mac.doFinal(KEY_PURPOSE.getBytes(StandardCharsets.UTF_8));
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, new SecretKeySpec(derived, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(exportId.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}

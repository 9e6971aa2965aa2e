package org.exportrelay.destinations.sftp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The public key by which a server proves who it is.
 *
 * @param algorithm such as {@code ssh-ed25519}
 * @param base64 the key as known_hosts has it
 */
public record ServerKey(String algorithm, String base64) {

    /** The key of its binary form, which begins with the algorithm's name. */
    static ServerKey of(byte[] key) {
        ByteBuffer buffer = ByteBuffer.wrap(key);
        byte[] name = new byte[buffer.getInt()];
        buffer.get(name);
        return new ServerKey(
                new String(name, StandardCharsets.US_ASCII), Base64.getEncoder().encodeToString(key));
    }

    /** As OpenSSH prints it: {@code SHA256:} and Base64 without padding. */
    public String fingerprint() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(Base64.getDecoder().decode(base64));
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** For an operator: fingerprint and algorithm. */
    @Override
    public String toString() {
        return fingerprint() + " (" + algorithm + ")";
    }
}

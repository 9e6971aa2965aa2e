package org.exportrelay.console;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The token that each form of a page has, which no page of another site can read. It belongs to a user. Thread-safe. */
final class FormToken {

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    private FormToken(byte[] key) {
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** Of this process: after a restart, a page has to be loaded again. */
    static FormToken ofProcess() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        return new FormToken(random);
    }

    /**
     * Of a secret, such as the hash of a user's password: the same in all instances that have the same one, also after a
     * restart.
     *
     * @param hash of the password, with its salt; or another secret
     */
    static FormToken ofHash(String hash) {
        try {
            return new FormToken(
                    MessageDigest.getInstance("SHA-256").digest(("form:" + hash).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    String of(User user) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal(user.name().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param token of the form; null if it has none
     * @throws ProblemException if it is not that of the user
     */
    void check(User user, String token) {
        boolean isRight = token != null
                && MessageDigest.isEqual(
                        token.getBytes(StandardCharsets.UTF_8), of(user).getBytes(StandardCharsets.UTF_8));
        if (!isRight) {
            throw new Problem(
                            403,
                            "the form is older than the relay's last start or the user's password, or of another site;"
                                    + " load the page again")
                    .exception();
        }
    }
}

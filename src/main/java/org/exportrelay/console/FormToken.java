package org.exportrelay.console;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The token that each form of a page has, which no page of another site can read. It belongs to a user and to this process:
 * after a restart, a page has to be loaded again. Thread-safe.
 */
final class FormToken {

    private final SecretKeySpec key;

    FormToken() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, "HmacSHA256");
    }

    String of(User user) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
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
            throw new Problem(403, "the form is older than this process, or of another site; load the page again")
                    .exception();
        }
    }
}

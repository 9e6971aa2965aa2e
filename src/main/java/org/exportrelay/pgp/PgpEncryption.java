package org.exportrelay.pgp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.converter.crypto.PGPKeyAccessDataFormat;
import org.apache.camel.converter.crypto.PGPPublicKeyAccessor;
import org.apache.camel.converter.crypto.PGPSecretKeyAccessor;
import org.apache.camel.converter.crypto.PGPSecretKeyAndPrivateKeyAndUserId;
import org.apache.camel.support.DefaultExchange;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureReason;

/**
 * Encrypts files with Camel's PGP data format, to the keys of all recipients, and signs them if there is a key for it.
 * Camel's format takes any key whose user id matches, also one that has ended or is revoked; so it is given the keys that
 * can be used. Memory is constant. Thread-safe.
 */
public final class PgpEncryption {

    /** How the names of encrypted files end. */
    public static final String EXTENSION = ".pgp";

    private final List<RecipientKeys> recipients;
    private final Optional<SigningKey> signer;

    private PgpEncryption(List<RecipientKeys> recipients, Optional<SigningKey> signer) {
        this.recipients = recipients;
        this.signer = signer;
    }

    /**
     * Reads no file.
     *
     * @param encryptTo files with the public keys of the recipients, comma-separated
     * @param signWith a file with the secret key of the signer; null if files are not signed
     * @param passphrase of the secret key; null or empty if it has none
     * @throws IllegalArgumentException if {@code encryptTo} names no file
     */
    public static PgpEncryption of(String encryptTo, String signWith, String passphrase) {
        List<RecipientKeys> recipients = Arrays.stream(encryptTo.split(",", -1))
                .map(PgpEncryption::path)
                .map(RecipientKeys::new)
                .toList();
        return new PgpEncryption(
                recipients,
                Optional.ofNullable(signWith)
                        .map(PgpEncryption::path)
                        .map(file -> new SigningKey(
                                file, Optional.ofNullable(passphrase).filter(text -> !text.isEmpty()))));
    }

    private static Path path(String file) {
        if (file.isBlank()) {
            throw new InvalidPathException(file, "no file");
        }
        return Path.of(file.strip());
    }

    /** All keys, in the order of the options. */
    public List<PgpKeys> keys() {
        return Stream.<PgpKeys>concat(recipients.stream(), signer.stream()).toList();
    }

    /**
     * Encrypts a content. Only if this returns is the result complete: if reading or writing fails, Camel's format ends the
     * message as if it were.
     *
     * @param content closed
     * @param name that the message has inside
     * @param isCompressed whether it would be in vain to compress the content
     * @param out closed; one that may fail must know by itself that it did, since Camel's format ignores failures of its end
     * @throws DeliveryException an outage, if a key cannot be used: nothing is written then
     * @throws IOException what the content or the output threw
     */
    public void encrypt(CamelContext context, InputStream content, String name, boolean isCompressed, OutputStream out)
            throws IOException, DeliveryException {
        Instant now = Instant.now();
        List<PGPPublicKey> encryptionKeys = new ArrayList<>();
        for (RecipientKeys keys : recipients) {
            encryptionKeys.addAll(keys.encryptionKeys(now));
        }
        List<PGPSecretKeyAndPrivateKeyAndUserId> signers =
                signer.isPresent() ? List.of(signer.get().signer(now)) : List.of();
        Exchange exchange = new DefaultExchange(context);
        exchange.getMessage().setHeader(Exchange.FILE_NAME, name);
        try (PGPKeyAccessDataFormat format = new PGPKeyAccessDataFormat()) {
            format.setPublicKeyAccessor(new Recipients(encryptionKeys));
            format.setSecretKeyAccessor(new Signers(signers));
            // Not asked for, but the format wants one.
            format.setKeyUserid("");
            format.setAlgorithm(SymmetricKeyAlgorithmTags.AES_256);
            // Long enough for all keys: GnuPG refuses short hashes of long keys.
            format.setHashAlgorithm(HashAlgorithmTags.SHA512);
            format.setWithCompressedDataPacket(!isCompressed);
            format.start();
            format.marshal(exchange, content, out);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (PGPException e) {
            throw new DeliveryException(
                    FailureAction.OUTAGE,
                    "a PGP key cannot be used to encrypt (" + FailureReason.of(e)
                            + "); check the keys of encryptTo and signWith",
                    e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Camel's format asks for keys by user id; these are the right ones whatever it asks for. */
    private record Recipients(List<PGPPublicKey> keys) implements PGPPublicKeyAccessor {

        @Override
        public List<PGPPublicKey> getEncryptionKeys(Exchange exchange, List<String> userIds) {
            return keys;
        }

        @Override
        public PGPPublicKey getPublicKey(Exchange exchange, long keyId, List<String> userIds) {
            throw new UnsupportedOperationException("nothing is verified here");
        }
    }

    private record Signers(List<PGPSecretKeyAndPrivateKeyAndUserId> keys) implements PGPSecretKeyAccessor {

        @Override
        public List<PGPSecretKeyAndPrivateKeyAndUserId> getSignerKeys(Exchange exchange, List<String> userIds) {
            return keys;
        }

        @Override
        public PGPPrivateKey getPrivateKey(Exchange exchange, long keyId) {
            throw new UnsupportedOperationException("nothing is decrypted here");
        }
    }
}

package org.exportrelay.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.PBESecretKeyEncryptor;
import org.bouncycastle.openpgp.operator.PGPDigestCalculator;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPKeyPair;
import org.bouncycastle.openpgp.operator.jcajce.JcePBESecretKeyEncryptorBuilder;

/** An OpenPGP key that Bouncy Castle makes, in every state that a key can have: one that signs, with a subkey that encrypts. */
public final class PgpTestKey {

    private static final int BITS = 2048;
    private static final KeyPair PRIMARY = keyPair();
    private static final KeyPair SUBKEY = keyPair();

    private final String owner;
    private Instant created = Instant.now().minus(Duration.ofDays(400)).truncatedTo(ChronoUnit.SECONDS);
    private Instant end;
    private Instant subkeyEnd;
    private boolean hasSubkey = true;
    private boolean isRevoked;
    private String passphrase;
    private PGPSecretKeyRing secret;
    private PGPPublicKeyRing publicRing;

    private PgpTestKey(String owner) {
        this.owner = owner;
    }

    public static PgpTestKey of(String owner) {
        return new PgpTestKey(owner);
    }

    public PgpTestKey createdAt(Instant time) {
        created = time.truncatedTo(ChronoUnit.SECONDS);
        return this;
    }

    public PgpTestKey endingAt(Instant time) {
        end = time;
        return this;
    }

    public PgpTestKey withSubkeyEndingAt(Instant time) {
        subkeyEnd = time;
        return this;
    }

    public PgpTestKey withoutSubkey() {
        hasSubkey = false;
        return this;
    }

    public PgpTestKey revoked() {
        isRevoked = true;
        return this;
    }

    public PgpTestKey protectedBy(String text) {
        passphrase = text;
        return this;
    }

    /** As {@code gpg --export} writes it. */
    public byte[] publicBytes() {
        try {
            make();
            return publicRing.getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@code gpg --export --armor} writes it. */
    public String publicText() {
        return armored(publicBytes());
    }

    /** As {@code gpg --export-secret-keys} writes it. */
    public byte[] secretBytes() {
        try {
            make();
            return secret.getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@code gpg --export-secret-keys --armor} writes it. */
    public String secretText() {
        return armored(secretBytes());
    }

    public Path writePublic(Path file) {
        return write(file, publicText());
    }

    public Path writeSecret(Path file) {
        return write(file, secretText());
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void make() {
        if (secret != null) {
            return;
        }
        try {
            PGPKeyPair primary = pgp(PRIMARY);
            PGPSignatureSubpacketGenerator hashed = flags(KeyFlags.CERTIFY_OTHER | KeyFlags.SIGN_DATA, end);
            PGPDigestCalculator sha1 =
                    new JcaPGPDigestCalculatorProviderBuilder().build().get(HashAlgorithmTags.SHA1);
            PBESecretKeyEncryptor protection = passphrase == null
                    ? null
                    : new JcePBESecretKeyEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256, sha1)
                            .build(passphrase.toCharArray());
            PGPKeyRingGenerator generator = new PGPKeyRingGenerator(
                    PGPSignature.POSITIVE_CERTIFICATION,
                    primary,
                    owner,
                    sha1,
                    hashed.generate(),
                    null,
                    signer(),
                    protection);
            if (hasSubkey) {
                generator.addSubKey(
                        pgp(SUBKEY),
                        flags(KeyFlags.ENCRYPT_COMMS | KeyFlags.ENCRYPT_STORAGE, subkeyEnd)
                                .generate(),
                        null);
            }
            secret = generator.generateSecretKeyRing();
            publicRing =
                    isRevoked ? revoke(generator.generatePublicKeyRing(), primary) : generator.generatePublicKeyRing();
        } catch (PGPException e) {
            throw new IllegalStateException(e);
        }
    }

    private PGPKeyPair pgp(KeyPair pair) throws PGPException {
        return new JcaPGPKeyPair(
                PublicKeyPacket.VERSION_4, PublicKeyAlgorithmTags.RSA_GENERAL, pair, Date.from(created));
    }

    private PGPSignatureSubpacketGenerator flags(int flags, Instant ends) {
        PGPSignatureSubpacketGenerator packets = new PGPSignatureSubpacketGenerator();
        packets.setSignatureCreationTime(true, Date.from(created));
        packets.setKeyFlags(true, flags);
        if (ends != null) {
            packets.setKeyExpirationTime(true, Duration.between(created, ends).toSeconds());
        }
        return packets;
    }

    private static JcaPGPContentSignerBuilder signer() {
        return new JcaPGPContentSignerBuilder(PublicKeyAlgorithmTags.RSA_GENERAL, HashAlgorithmTags.SHA256);
    }

    private static PGPPublicKeyRing revoke(PGPPublicKeyRing ring, PGPKeyPair primary) throws PGPException {
        PGPSignatureGenerator generator = new PGPSignatureGenerator(signer(), primary.getPublicKey());
        generator.init(PGPSignature.KEY_REVOCATION, primary.getPrivateKey());
        PGPPublicKey revoked = PGPPublicKey.addCertification(
                ring.getPublicKey(), generator.generateCertification(ring.getPublicKey()));
        return PGPPublicKeyRing.insertPublicKey(ring, revoked);
    }

    private static String armored(byte[] bytes) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (OutputStream armor = new ArmoredOutputStream(text)) {
            armor.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(StandardCharsets.US_ASCII);
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(BITS);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

package org.exportrelay.pgp;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.apache.camel.converter.crypto.PGPSecretKeyAndPrivateKeyAndUserId;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPCertificate.OpenPGPComponentKey;
import org.bouncycastle.openpgp.api.OpenPGPCertificate.OpenPGPUserId;
import org.bouncycastle.openpgp.api.OpenPGPKey;
import org.bouncycastle.openpgp.api.OpenPGPKey.OpenPGPSecretKey;
import org.exportrelay.delivery.DeliveryException;

/** The secret key of a file, which signs. */
final class SigningKey implements PgpKeys {

    private static final String PURPOSE = "signatures";

    private final PgpKeyFile keys;
    /** Null if there is none. */
    private final char[] passphrase;
    /** Which was unlocked last; to unlock takes a part of a second. */
    private OpenPGPSecretKey locked;

    private PGPPrivateKey unlocked;

    SigningKey(Path file, Optional<String> passphrase) {
        this.keys = new PgpKeyFile(file);
        this.passphrase = passphrase.map(String::toCharArray).orElse(null);
    }

    @Override
    public Path file() {
        return keys.path();
    }

    @Override
    public String use() {
        return "signs as";
    }

    @Override
    public synchronized List<PgpKey> usable(Instant at) throws DeliveryException {
        return keys.ask(found -> {
            OpenPGPSecretKey key = select(found, at);
            unlock(key);
            return List.of(new PgpKey(
                    KeyValidity.owner(key.getOpenPGPKey()), KeyValidity.end(key.getOpenPGPKey(), key.getPublicKey())));
        });
    }

    /** As Camel's data format takes it. */
    synchronized PGPSecretKeyAndPrivateKeyAndUserId signer(Instant at) throws DeliveryException {
        return keys.ask(found -> {
            OpenPGPSecretKey key = select(found, at);
            return new PGPSecretKeyAndPrivateKeyAndUserId(
                    key.getPGPSecretKey(),
                    unlock(key),
                    key.getOpenPGPKey().getAllUserIds().stream()
                            .findFirst()
                            .map(OpenPGPUserId::getUserId)
                            .orElse(""));
        });
    }

    private OpenPGPSecretKey select(List<OpenPGPCertificate> found, Instant at) throws DeliveryException {
        if (found.size() > 1) {
            throw keys.failure(
                    "contains " + found.size()
                            + " keys; write only the key that signs into it, with gpg --export-secret-keys",
                    null);
        }
        if (!(found.get(0) instanceof OpenPGPKey key)) {
            throw keys.failure(
                    found.get(0),
                    "is only the public key; signWith needs the secret key: write the output of gpg --export-secret-keys"
                            + " into the file",
                    null);
        }
        Optional<OpenPGPComponentKey> newest = KeyValidity.newest(
                key, key.getSigningKeys(Date.from(at)).stream().filter(subkey -> hasSecret(key, subkey)), at);
        if (newest.isPresent()) {
            return key.getSecretKey(newest.get());
        }
        List<OpenPGPComponentKey> subkeys = key.getKeys().stream()
                .filter(subkey -> hasSecret(key, subkey))
                .filter(subkey -> subkey.isSigningKey(subkey.getCreationTime()))
                .toList();
        throw keys.failure(
                key,
                KeyValidity.problem(key, PURPOSE, subkeys, at)
                        + "; renew it, give the recipients its public part, and replace the file",
                null);
    }

    /** Secret parts that are kept elsewhere, such as on a smart card, are there by name only. */
    private static boolean hasSecret(OpenPGPKey key, OpenPGPComponentKey subkey) {
        OpenPGPSecretKey secret = key.getSecretKey(subkey);
        return secret != null && !secret.getPGPSecretKey().isPrivateKeyEmpty();
    }

    private PGPPrivateKey unlock(OpenPGPSecretKey key) throws DeliveryException {
        if (key == locked) {
            return unlocked;
        }
        if (key.isLocked() && passphrase == null) {
            throw keys.failure(key.getOpenPGPKey(), "has a passphrase; set signPassphrase", null);
        }
        try {
            unlocked = key.unlock(passphrase).getKeyPair().getPrivateKey();
        } catch (PGPException e) {
            throw keys.failure(key.getOpenPGPKey(), "does not open with signPassphrase; correct the passphrase", e);
        }
        locked = key;
        return unlocked;
    }
}

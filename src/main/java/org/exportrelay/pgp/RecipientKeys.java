package org.exportrelay.pgp;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPCertificate.OpenPGPComponentKey;
import org.exportrelay.delivery.DeliveryException;

/** The public keys of a file: each belongs to a recipient, and no recipient is left out. */
final class RecipientKeys implements PgpKeys {

    private static final String PURPOSE = "encryption";

    private final PgpKeyFile keys;

    RecipientKeys(Path file) {
        this.keys = new PgpKeyFile(file);
    }

    @Override
    public Path file() {
        return keys.path();
    }

    @Override
    public String use() {
        return "encrypts to";
    }

    @Override
    public synchronized List<PgpKey> usable(Instant at) throws DeliveryException {
        return keys.ask(found -> select(found, at).stream()
                .map(subkey -> new PgpKey(
                        KeyValidity.owner(subkey.getCertificate()), KeyValidity.end(subkey.getCertificate(), subkey)))
                .toList());
    }

    /** To which a file is encrypted: one for each recipient. */
    synchronized List<PGPPublicKey> encryptionKeys(Instant at) throws DeliveryException {
        return keys.ask(found -> select(found, at).stream()
                .map(OpenPGPComponentKey::getPGPPublicKey)
                .toList());
    }

    private List<OpenPGPComponentKey> select(List<OpenPGPCertificate> found, Instant at) throws DeliveryException {
        List<OpenPGPComponentKey> selected = new ArrayList<>();
        for (OpenPGPCertificate key : found) {
            selected.add(select(key, at));
        }
        return selected;
    }

    private OpenPGPComponentKey select(OpenPGPCertificate key, Instant at) throws DeliveryException {
        if (key.isSecretKey()) {
            throw keys.failure(
                    key,
                    "is a secret key; encryptTo needs public keys only: replace the file with the output of gpg --export",
                    null);
        }
        Optional<OpenPGPComponentKey> newest =
                KeyValidity.newest(key, key.getEncryptionKeys(Date.from(at)).stream(), at);
        if (newest.isPresent()) {
            return newest.get();
        }
        List<OpenPGPComponentKey> subkeys = key.getKeys().stream()
                .filter(subkey -> subkey.getPGPPublicKey().isEncryptionKey())
                .filter(subkey -> !subkey.isPrimaryKey())
                .toList();
        throw keys.failure(
                key,
                KeyValidity.problem(key, PURPOSE, subkeys, at)
                        + "; ask its owner for the current key, and replace the file",
                null);
    }
}

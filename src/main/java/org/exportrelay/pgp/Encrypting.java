package org.exportrelay.pgp;

import java.util.Optional;

/** An endpoint that may encrypt files. */
public interface Encrypting {

    /** To whom, and who signs; empty if it does not encrypt. */
    Optional<PgpEncryption> encryption();
}

/** OpenPGP: the keys of recipients and signers, and encryption to them through Camel's PGP data format. */
package org.exportrelay.pgp;

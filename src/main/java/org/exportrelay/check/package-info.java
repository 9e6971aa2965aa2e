/** What {@code check} does: tries the API, the disk, the ledger and the server of each destination for real. */
package org.exportrelay.check;

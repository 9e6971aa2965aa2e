/** The {@code sftp:} component of the relay: strict about host keys, checks what it uploads, cleans up after itself. */
package org.exportrelay.destinations.sftp;

/** The {@code file:} component of the relay: cleans up after itself, and has on disk what counts as delivered. */
package org.exportrelay.destinations.file;

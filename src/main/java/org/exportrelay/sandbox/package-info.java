/**
 * A simulated exports API and its object store, each an HTTP server of its own on 127.0.0.1.
 *
 * <p>The real API has no test environment: every key is live. The sandbox answers what the public
 * documentation states and, on request, fails in the ways in which such services fail.
 */
package org.exportrelay.sandbox;

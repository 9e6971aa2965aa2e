/** Spans of OpenTelemetry: a poll, a download, an attempt of a delivery, linked through the ledger. */
package org.exportrelay.trace;

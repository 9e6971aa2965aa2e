/** The durable state of every export x destination: who claims what, under which lease, and how it ended. */
package org.exportrelay.ledger;

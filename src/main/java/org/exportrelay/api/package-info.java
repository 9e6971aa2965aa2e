/** The exports API: its records, the calls to it, its rate budget, clock and failures, and how HTTP servers are reached. */
package org.exportrelay.api;

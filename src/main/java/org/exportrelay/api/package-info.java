/** The exports API: its records, the calls to it, the rate budget, and what its failures mean. */
package org.exportrelay.api;

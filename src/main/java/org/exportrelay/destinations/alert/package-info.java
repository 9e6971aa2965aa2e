/** Alerts on exports that failed at the vendor. */
package org.exportrelay.destinations.alert;

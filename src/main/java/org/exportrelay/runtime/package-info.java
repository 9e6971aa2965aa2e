/** What runs beside the Camel routes: lease renewal, maintenance, metrics, wiring, the data directory. */
package org.exportrelay.runtime;

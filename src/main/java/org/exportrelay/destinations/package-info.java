/** What destinations need beyond Camel's own components, a package each: checked uploads, transactions, signatures. */
package org.exportrelay.destinations;

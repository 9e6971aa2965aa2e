/**
 * What destinations need beyond Camel's own components, a package each: checked uploads, transactions, signatures;
 * here what several of them share.
 */
package org.exportrelay.destinations;

/**
 * The Camel component {@code table-records:}: an export file's rows and the receipt of its delivery in one transaction of
 * a database, exactly once.
 */
package org.exportrelay.destinations.table;

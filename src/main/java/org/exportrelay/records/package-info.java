/** The CSV inside the files. */
package org.exportrelay.records;

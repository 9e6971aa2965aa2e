/** What the command line and the REST API show, as JSON with the same names. */
package org.exportrelay.json;

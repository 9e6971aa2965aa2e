/** The console and the REST API: thin faces over the same services as the commands. */
package org.exportrelay.console;

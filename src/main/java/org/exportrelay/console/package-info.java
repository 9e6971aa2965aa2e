/** The REST API: a thin face over the same services as the commands. */
package org.exportrelay.console;

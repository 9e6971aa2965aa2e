/** Log lines with a stable name and fields, for programs that read the log. */
package org.exportrelay.log;

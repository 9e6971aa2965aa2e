/** Plain FTP and FTPS servers: Camel's own components, whose deliveries claim their names, and what their failures mean. */
package org.exportrelay.destinations.ftp;

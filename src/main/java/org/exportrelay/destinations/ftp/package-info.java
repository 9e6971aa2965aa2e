/** FTP servers: Camel's own {@code ftp:} and {@code ftps:}, whose deliveries claim their names, and the classifier of their failures. */
package org.exportrelay.destinations.ftp;

/** Plain FTP and FTPS servers, which Camel's own components write to. */
package org.exportrelay.destinations.ftp;

/** From a signed URL to a verified local file, downloaded once for all destinations. */
package org.exportrelay.download;

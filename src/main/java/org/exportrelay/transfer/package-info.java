/** From a signed URL to a verified local file, once for all destinations. */
package org.exportrelay.transfer;

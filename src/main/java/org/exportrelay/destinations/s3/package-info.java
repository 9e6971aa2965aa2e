/** Checked uploads to an S3-compatible object store. */
package org.exportrelay.destinations.s3;

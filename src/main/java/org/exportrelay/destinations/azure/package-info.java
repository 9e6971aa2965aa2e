/** Checked uploads to Azure Blob Storage. */
package org.exportrelay.destinations.azure;

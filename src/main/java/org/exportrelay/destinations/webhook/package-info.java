/** Signed posts to a webhook. */
package org.exportrelay.destinations.webhook;

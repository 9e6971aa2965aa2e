/**
 * The Camel components {@code exports:}, where every route to a destination begins, and {@code export-events:}, where
 * routes that notify begin.
 */
package org.exportrelay.component;

/** The Camel component {@code exports:}, where every route to a destination begins. */
package org.exportrelay.component;

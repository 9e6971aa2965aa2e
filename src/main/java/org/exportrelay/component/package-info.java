/** The Camel component {@code exports:}, where every route to a destination begins, and the housekeeping beside it. */
package org.exportrelay.component;

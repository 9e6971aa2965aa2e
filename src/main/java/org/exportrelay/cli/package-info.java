/** The commands. */
package org.exportrelay.cli;

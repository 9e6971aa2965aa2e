/** The operator's route files and what is wrong with them. */
package org.exportrelay.routes;

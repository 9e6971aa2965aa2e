/** Tests of routes: their files, the recorders in place of endpoints, what they expect, and the reports. */
package org.exportrelay.routetest;

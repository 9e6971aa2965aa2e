/** How {@code check} tries the servers behind a route's endpoints, a class per kind of server. */
package org.exportrelay.destinations.probe;

/** Reading the list of exports so that nothing is missed, at one request per poll. */
package org.exportrelay.poll;

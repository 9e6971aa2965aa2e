/** Mail servers, which Camel's own components send to. */
package org.exportrelay.destinations.mail;

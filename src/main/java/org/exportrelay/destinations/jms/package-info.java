/** JMS and AMQP queues. */
package org.exportrelay.destinations.jms;

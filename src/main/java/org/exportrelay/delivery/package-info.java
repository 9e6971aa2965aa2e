/** What a delivery is and how an attempt can end: states, outcomes, failure actions, retry policy, file names. No SQL. */
package org.exportrelay.delivery;

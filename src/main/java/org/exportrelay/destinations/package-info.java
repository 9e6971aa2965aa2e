/**
 * Destinations that need code beyond Camel's own components, a package each, and what several of them share.
 *
 * <p>There are three ways to add a destination:
 *
 * <ul>
 *   <li>A route file alone, where a Camel component does all that is needed. See {@code routes/examples}.
 *   <li>A bean that the route file names, as {@code s3.S3Upload}. It implements {@link
 *       org.exportrelay.destinations.Checkable}, so that {@code check} tries it.
 *   <li>A Camel component of its own, as {@code kafka.KafkaRecordsComponent}, with an {@link
 *       org.exportrelay.destinations.EndpointProbe} for {@code check}, as {@code kafka.KafkaProbe}.
 * </ul>
 *
 * <p>Each package also contributes a {@link org.exportrelay.delivery.FailureClassifier}, a bean that tells outages of its
 * kind of destination from faults of one delivery. docs/failures.md lists what they decide, row by row.
 */
package org.exportrelay.destinations;

package org.exportrelay.delivery;

import java.util.Optional;

/**
 * Decides what the failures of one kind of destination mean: an outage of the destination as a whole, or a fault of the
 * one delivery. Each package of a destination contributes one as a CDI bean or as a bean of a route file, and a
 * destination of your own can do the same. Thread-safe.
 *
 * <p>A failure that no classifier recognizes is an outage if the connection failed or timed out, otherwise a fault that is
 * retried.
 */
public interface FailureClassifier {

    /**
     * Classifies a failed exchange. What the result says is logged and stored as it is: one line without secrets.
     *
     * @param failure what the route threw; look for the exceptions of your destination in its chain of causes
     * @return what follows; empty if the failure is not one of this destination's
     */
    Optional<DeliveryException> classify(Throwable failure);
}

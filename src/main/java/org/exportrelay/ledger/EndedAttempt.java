package org.exportrelay.ledger;

import java.time.Duration;
import java.util.Optional;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.RetryPolicy;

/**
 * How an attempt of a delivery ended.
 *
 * @param delivery only its latest claim may end the attempt
 * @param isProbe whether its destination was down when the attempt began
 * @param outcome not lost
 * @param error why it failed; null if it did not
 * @param isAnswer whether the destination itself refused this one delivery
 * @param outage empty unless the destination as a whole is at fault
 * @param location where its file is at the destination; empty leaves what is recorded
 * @param content what the destination has received; empty if that is the verified file, or no file
 */
record EndedAttempt(
        Delivery delivery,
        boolean isProbe,
        DeliveryOutcome outcome,
        String error,
        boolean isAnswer,
        Optional<MetOutage> outage,
        Optional<String> location,
        Optional<DeliveredContent> content) {

    /**
     * That an attempt met an outage.
     *
     * @param retries of the destination: its delays are those between probes
     * @param retryAfter how long the destination asks to wait
     * @param isFault whether only this delivery is at fault after all
     */
    record MetOutage(RetryPolicy retries, Optional<Duration> retryAfter, boolean isFault) {}

    /** A download failed before the delivery was claimed. */
    static EndedAttempt unclaimed(Delivery delivery, DeliveryOutcome outcome, String error) {
        return new EndedAttempt(
                delivery, false, outcome, error, false, Optional.empty(), Optional.empty(), Optional.empty());
    }

    String deliveryId() {
        return delivery.deliveryId();
    }

    String destination() {
        return delivery.destination();
    }

    boolean isDelivered() {
        return outcome.state() == DeliveryState.DELIVERED;
    }

    /** The size of what was delivered, in bytes; null if nothing was, or it is not known. */
    Long deliveredSize() {
        return isDelivered()
                ? content.map(DeliveredContent::size).orElse(delivery.file().size())
                : null;
    }

    /** Whether it shows that the destination is up. */
    boolean showsUp() {
        return isDelivered() || isAnswer;
    }

    /** Whether it takes its destination down, or keeps it down. */
    boolean takesDown() {
        return outage.isPresent() && !outage.get().isFault();
    }

    /** Whether the next probe tries another delivery first. */
    boolean passesTurn() {
        return outage.isPresent() || isProbe && !isDelivered() && outcome != DeliveryOutcome.RELEASED;
    }

    /** The same attempt as a fault of its delivery alone. */
    EndedAttempt asFault() {
        MetOutage met = outage.orElseThrow();
        return new EndedAttempt(
                delivery,
                isProbe,
                met.retries().outcomeOf(FailureAction.RETRY, delivery.attempt()),
                error + " (other deliveries to this destination succeed)",
                false,
                Optional.of(new MetOutage(met.retries(), met.retryAfter(), true)),
                location,
                content);
    }
}

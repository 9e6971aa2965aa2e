package org.exportrelay.delivery;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/** What a failed exchange means for its delivery: the one place where that is decided. Thread-safe. */
public final class DeliveryFailures {

    private static final Logger LOG = Logger.getLogger(DeliveryFailures.class);

    private final Supplier<Stream<FailureClassifier>> classifiers;
    /** Those whose fault was logged. */
    private final Set<Class<?>> faulty = ConcurrentHashMap.newKeySet();

    /**
     * @param classifiers of the destinations, in the order in which they are asked
     */
    public DeliveryFailures(Supplier<Stream<FailureClassifier>> classifiers) {
        this.classifiers = classifiers;
    }

    /**
     * A {@link DeliveryFailure} is taken at its word; otherwise the first classifier that recognizes the failure decides.
     * What none recognizes is an outage if a connection or a disk failed; whatever else a route's steps throw is retried:
     * all that is known is that the destination has not accepted the delivery.
     */
    public DeliveryException of(Throwable thrown) {
        return declared(thrown)
                .or(() -> classifiers
                        .get()
                        .flatMap(classifier -> ask(classifier, thrown).stream())
                        .findFirst()
                        .map(DeliveryFailures::recognized))
                .or(() -> disk(thrown))
                .or(() -> ConnectionFailures.outage(thrown))
                .orElseGet(() -> new DeliveryException(FailureAction.RETRY, FailureReason.of(thrown), thrown));
    }

    /** An operator's classifier may be faulty: what it does not recognize is left to the others, and to the usual rules. */
    private Optional<DeliveryException> ask(FailureClassifier classifier, Throwable thrown) {
        try {
            return Objects.requireNonNull(classifier.classify(thrown), "classify returned null");
        } catch (RuntimeException e) {
            if (faulty.add(classifier.getClass())) {
                LogEvent.CLASSIFIER_FAILED
                        .on(LOG)
                        .errorf(
                                e,
                                "classifier %s fails on %s; its failures are classified without it until this is fixed",
                                classifier.getClass().getName(),
                                thrown.getClass().getName());
            }
            return Optional.empty();
        }
    }

    /** A destination whose classifier recognizes a fault of one delivery has answered; a route's own steps have not. */
    private static DeliveryException recognized(DeliveryException failure) {
        return switch (failure.action()) {
            case RETRY, PARK -> failure.asAnswer();
            case OUTAGE, POSTPONE, EXPIRE -> failure;
        };
    }

    private static Optional<DeliveryException> declared(Throwable thrown) {
        for (Throwable cause : ObjectHelper.createExceptionIterable(thrown)) {
            if (cause instanceof DeliveryException classified) {
                return Optional.of(classified);
            }
            if (cause instanceof DeliveryFailure failure) {
                DeliveryException copy =
                        new DeliveryException(failure.action(), failure.getMessage(), failure.retryAfter(), thrown);
                return Optional.of(failure.isAnswer() ? copy.asAnswer() : copy);
            }
        }
        return Optional.empty();
    }

    private static Optional<DeliveryException> disk(Throwable thrown) {
        return DiskFault.in(thrown)
                .map(words -> new DeliveryException(
                        FailureAction.OUTAGE, "a disk cannot be written: " + FailureReason.of(thrown), thrown));
    }
}

package org.exportrelay.delivery;

import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import javax.net.ssl.SSLException;
import org.apache.camel.util.ObjectHelper;

/** Recognizes that a server cannot be reached, breaks the connection, or does not answer in time: an outage of any kind of destination. */
public final class ConnectionFailures {

    private static final List<Class<? extends Exception>> KINDS = List.of(
            SocketException.class,
            SocketTimeoutException.class,
            UnknownHostException.class,
            UnresolvedAddressException.class,
            ClosedChannelException.class,
            HttpTimeoutException.class,
            TimeoutException.class,
            SSLException.class);

    private ConnectionFailures() {}

    /** Whether any cause of a failure is one. */
    public static boolean isIn(Throwable failure) {
        return StreamSupport.stream(
                        ObjectHelper.createExceptionIterable(failure).spliterator(), false)
                .anyMatch(cause -> KINDS.stream().anyMatch(kind -> kind.isInstance(cause)));
    }

    /** Such a failure as an outage, in its own words; empty if it is none. */
    public static Optional<DeliveryException> outage(Throwable failure) {
        return isIn(failure)
                ? Optional.of(new DeliveryException(FailureAction.OUTAGE, FailureReason.of(failure), failure))
                : Optional.empty();
    }
}

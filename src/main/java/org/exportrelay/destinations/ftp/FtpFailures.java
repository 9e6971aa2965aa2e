package org.exportrelay.destinations.ftp;

import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the replies of FTP servers mean, for {@code ftp:} and {@code ftps:}. Most say that the server refuses the login
 * or the directory, or has no space, so that only a reply about the name alone is a fault. Thread-safe.
 */
@Singleton
public final class FtpFailures implements FailureClassifier {

    /** RFC 959: 501 is a syntax error in an argument, 553 a file name that is not allowed. */
    private static final Set<Integer> NAME_REFUSED = Set.of(501, 553);

    /** Camel's words for an upload that the server refused; it does not repeat the reply. */
    private static final String REFUSED_UPLOAD = "Error writing file";

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        GenericFileOperationFailedException refused =
                ObjectHelper.getException(GenericFileOperationFailedException.class, failure);
        if (refused == null
                || refused.getCode() == 0
                        && !String.valueOf(refused.getMessage()).startsWith(REFUSED_UPLOAD)) {
            return Optional.empty();
        }
        return Optional.of(new DeliveryException(
                NAME_REFUSED.contains(refused.getCode()) ? FailureAction.RETRY : FailureAction.OUTAGE,
                FailureReason.of(failure),
                failure));
    }
}

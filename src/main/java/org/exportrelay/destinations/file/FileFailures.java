package org.exportrelay.destinations.file;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the failures of a directory mean. Names are refused one by one; what else the operating system refuses, it
 * refuses for the directory or its disk. Thread-safe.
 */
@Singleton
public final class FileFailures implements FailureClassifier {

    /** The operating system's messages about one name or one file, which Java repeats and does not translate. */
    private static final Pattern ABOUT_ONE_FILE = Pattern.compile(
            "File name too long|Invalid argument|Illegal byte sequence|Malformed input|Is a directory|File too large");

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        if (ObjectHelper.getException(InvalidPathException.class, failure) != null) {
            return classified(FailureAction.RETRY, failure);
        }
        GenericFileOperationFailedException camel =
                ObjectHelper.getException(GenericFileOperationFailedException.class, failure);
        // A reply code is that of an FTP server; a full disk has a message of its own.
        if (camel == null || camel.getCode() != 0 || DiskFault.in(failure).isPresent()) {
            return Optional.empty();
        }
        return camel.getCause() instanceof IOException system
                ? classified(isAboutOneFile(system) ? FailureAction.RETRY : FailureAction.OUTAGE, failure)
                : Optional.empty();
    }

    private static boolean isAboutOneFile(IOException system) {
        return ABOUT_ONE_FILE.matcher(String.valueOf(system.getMessage())).find();
    }

    private static Optional<DeliveryException> classified(FailureAction action, Throwable failure) {
        return Optional.of(new DeliveryException(action, FailureReason.of(failure), failure));
    }
}

package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.SftpException;
import java.util.Optional;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/** What a failed upload means for its delivery, in the exceptions that Camel's producer expects. */
final class UploadFailure {

    private UploadFailure() {}

    static GenericFileOperationFailedException of(FailureAction action, String reason, Throwable cause) {
        return new GenericFileOperationFailedException(reason, new DeliveryException(action, reason, cause));
    }

    static GenericFileOperationFailedException brokenConnection(StrictSftpEndpoint endpoint, Throwable cause) {
        return of(
                FailureAction.OUTAGE,
                endpoint.remoteServerInformation()
                        + ": the connection broke off in mid-file; check whether the server or a firewall ends it",
                cause);
    }

    /**
     * @param missing the directory that does not exist and could not be created, and why
     */
    static GenericFileOperationFailedException refused(
            StrictSftpEndpoint endpoint, String path, SftpException answer, Optional<String> missing, Throwable cause) {
        String reason = missing.map(directory -> ": the directory " + directory
                        + "; create it, let the user create it, or correct the directory in the route")
                .orElse(": the server refused " + path + " (" + answer.getMessage()
                        + "); check its rights, disk and quota");
        return of(
                missing.isPresent() ? FailureAction.OUTAGE : SftpFailures.action(answer),
                endpoint.remoteServerInformation() + reason,
                cause);
    }
}

package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.SftpException;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the answers of SFTP servers mean. Servers answer a full disk, a missing right and much else with the same
 * general code, so that only an answer about the name alone is a fault. Thread-safe.
 */
@Singleton
public final class SftpFailures implements FailureClassifier {

    /** OpenSSH answers so to a name that is too long or has characters that its file system does not take. */
    private static final int BAD_MESSAGE = 5;

    /** Codes of later versions of the protocol, which servers also use with version 3. */
    private static final int FILE_ALREADY_EXISTS = 11;

    private static final int WRITE_PROTECT = 12;
    private static final int NO_SPACE_ON_FILESYSTEM = 14;
    private static final int QUOTA_EXCEEDED = 15;
    private static final int LOCK_CONFLICT = 17;
    private static final int INVALID_FILENAME = 20;
    private static final int LINK_LOOP = 21;
    private static final int FILE_IS_A_DIRECTORY = 24;

    private static final Set<Integer> ABOUT_ONE_FILE =
            Set.of(BAD_MESSAGE, FILE_ALREADY_EXISTS, LOCK_CONFLICT, INVALID_FILENAME, LINK_LOOP, FILE_IS_A_DIRECTORY);

    private static final Set<Integer> ABOUT_THE_SERVER = Set.of(
            ChannelSftp.SSH_FX_PERMISSION_DENIED,
            ChannelSftp.SSH_FX_NO_CONNECTION,
            ChannelSftp.SSH_FX_CONNECTION_LOST,
            ChannelSftp.SSH_FX_OP_UNSUPPORTED,
            WRITE_PROTECT,
            NO_SPACE_ON_FILESYSTEM,
            QUOTA_EXCEEDED);

    /** {@link UploadFailure} has classified those of an upload; here come those of other steps. */
    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        SftpException answer = ObjectHelper.getException(SftpException.class, failure);
        if (answer == null && ObjectHelper.getException(JSchException.class, failure) == null) {
            return Optional.empty();
        }
        FailureAction action = answer == null ? FailureAction.OUTAGE : action(answer);
        return Optional.of(new DeliveryException(action, FailureReason.of(failure), failure));
    }

    /** What follows from an answer other than to a rename. */
    static FailureAction action(SftpException answer) {
        return ABOUT_ONE_FILE.contains(answer.id) ? FailureAction.RETRY : FailureAction.OUTAGE;
    }

    /** What follows from a refused rename: the server has just accepted the file, so that most reasons are the name's. */
    static FailureAction actionAfterRename(SftpException answer) {
        return ABOUT_THE_SERVER.contains(answer.id) ? FailureAction.OUTAGE : FailureAction.RETRY;
    }
}

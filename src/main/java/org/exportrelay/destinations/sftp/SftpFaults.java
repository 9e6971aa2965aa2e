package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.SftpException;
import jakarta.inject.Singleton;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;

/** The faults of SFTP servers. */
@Singleton
public final class SftpFaults implements KnownFaults {

    private static final int NO_SPACE_ON_FILESYSTEM = 14;
    private static final int INVALID_FILENAME = 20;

    private static final Map<String, Fault> FAULTS = Map.of(
            "connection refused", (endpoint, target) -> unconnected(endpoint, NetworkFaults.refused()),
            "connection lost",
                    (endpoint, target) -> UploadFailure.brokenConnection(
                            (StrictSftpEndpoint) endpoint,
                            new SftpException(ChannelSftp.SSH_FX_CONNECTION_LOST, "inputstream is closed")),
            "timeout",
                    (endpoint, target) ->
                            unconnected(endpoint, new SocketTimeoutException("timeout: socket is not established")),
            "unknown host",
                    (endpoint, target) -> unconnected(
                            endpoint,
                            new UnknownHostException(((StrictSftpEndpoint) endpoint)
                                    .getConfiguration()
                                    .getHost())),
            "login refused",
                    (endpoint, target) ->
                            unconnected(endpoint, new JSchException("Auth fail for methods 'publickey,password'")),
            "disk full", refused(NO_SPACE_ON_FILESYSTEM, "No space left on device"),
            "permission denied", refused(ChannelSftp.SSH_FX_PERMISSION_DENIED, "Permission denied"),
            "missing directory",
                    (endpoint, target) -> UploadFailure.refused(
                            (StrictSftpEndpoint) endpoint,
                            target,
                            new SftpException(ChannelSftp.SSH_FX_NO_SUCH_FILE, "No such file"),
                            Optional.of(target.replaceFirst("/[^/]*$", "") + " does not exist"),
                            null),
            "refused name", refused(INVALID_FILENAME, "Invalid filename"));

    private static Exception unconnected(Endpoint endpoint, Exception cause) {
        StrictSftpEndpoint sftp = (StrictSftpEndpoint) endpoint;
        return UploadFailure.of(
                FailureAction.OUTAGE,
                ConnectionFault.describe(sftp.getConfiguration(), sftp.trustFile(), null, cause),
                cause);
    }

    private static Fault refused(int code, String answer) {
        return (endpoint, target) -> UploadFailure.refused(
                (StrictSftpEndpoint) endpoint, target, new SftpException(code, answer), Optional.empty(), null);
    }

    @Override
    public Set<String> schemes() {
        return Set.of("sftp");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}

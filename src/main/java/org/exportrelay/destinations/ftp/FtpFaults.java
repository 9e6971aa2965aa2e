package org.exportrelay.destinations.ftp;

import jakarta.inject.Singleton;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Set;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;

/** The faults of FTP servers: connections, and replies as RFC 959 has them. */
@Singleton
public final class FtpFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = NetworkFaults.and(Map.of(
            "connection refused",
                    (endpoint, target) -> new GenericFileOperationFailedException(
                            "Cannot connect to " + target, new ConnectException("Connection refused")),
            "timeout",
                    (endpoint, target) -> new GenericFileOperationFailedException(
                            "Cannot connect to " + target, new SocketTimeoutException("connect timed out")),
            "login refused", reply(530, "Login incorrect."),
            "disk full", reply(552, "Requested file action aborted. Exceeded storage allocation."),
            "permission denied", reply(550, "Permission denied."),
            "refused name", reply(553, "Requested action not taken. File name not allowed.")));

    private static Fault reply(int code, String text) {
        return (endpoint, target) ->
                new GenericFileOperationFailedException(code, text, target + " was refused: " + code + " " + text);
    }

    @Override
    public Set<String> schemes() {
        return Set.of("ftp", "ftps");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}

package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.JSchChangedHostKeyException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchRevokedHostKeyException;
import com.jcraft.jsch.JSchUnknownHostKeyException;
import com.jcraft.jsch.Session;
import io.quarkus.runtime.util.ExceptionUtil;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.apache.camel.component.file.remote.SftpConfiguration;

/** Why a connection did not come about, in an operator's words: what is wrong, and what to do about it. */
final class ConnectionFault {

    private ConnectionFault() {}

    /**
     * @param trustFile the known_hosts file that {@code trust} writes
     * @param session as far as it came; may be null
     */
    static String describe(SftpConfiguration endpoint, String trustFile, Session session, Throwable failure) {
        ServerAddress server = new ServerAddress(endpoint.getHost(), endpoint.getPort());
        if (failure instanceof JSchChangedHostKeyException || failure instanceof JSchUnknownHostKeyException) {
            return server + ": " + untrusted(server, endpoint.getKnownHostsFile(), trustFile, session.getHostKey());
        }
        if (failure instanceof JSchRevokedHostKeyException) {
            return server + ": its host key is marked as revoked in " + endpoint.getKnownHostsFile()
                    + "; ask the server's operator";
        }
        return server + ": " + reason(failure, Duration.ofMillis(endpoint.getConnectTimeout()));
    }

    /** Why there is no connection, whatever the host key. */
    static String reason(Throwable failure, Duration longestWait) {
        Throwable root = ExceptionUtil.getRootCause(failure);
        String text = String.valueOf(root.getMessage());
        if (root instanceof UnknownHostException) {
            return "there is no host of this name; correct it, or see to its DNS entry";
        }
        if (root instanceof ConnectException || root instanceof NoRouteToHostException) {
            return "nothing listens there (" + text + "); check host and port, and that the server runs";
        }
        if (root instanceof SocketTimeoutException || text.startsWith("timeout")) {
            return "no answer within " + longestWait.toSeconds() + "s; check host, port and firewalls";
        }
        if (text.startsWith("Auth ")) {
            return "the server refused the login (it takes " + text.replaceAll("^[^']*'|'$", "")
                    + "); check user name, password and private key";
        }
        if (text.contains("closed by foreign host") || text.contains("version string")) {
            return "the server closes the connection or does not speak SSH (" + text + "); check host and port";
        }
        if (root instanceof FileNotFoundException || text.contains("privatekey")) {
            return "the private key cannot be read (" + text + "); check file, format and passphrase";
        }
        return root instanceof JSchException
                ? text
                : text + " (" + root.getClass().getSimpleName() + ")";
    }

    /** A server with other keys than the pinned ones has changed, even if the algorithm is a new one. */
    private static String untrusted(ServerAddress server, String file, String trustFile, HostKey shownKey) {
        ServerKey shown = ServerKey.of(Base64.getDecoder().decode(shownKey.getKey()));
        if (file == null) {
            return "its host key " + shown + " is not among the known hosts of this endpoint; add it there once the"
                    + " server's operator has confirmed it";
        }
        List<ServerKey> pinned = pinned(server, file);
        String remedy = "trust " + server + (file.equals(trustFile) ? "" : " --known-hosts " + file);
        return pinned.isEmpty()
                ? "its host key " + shown + " is not in " + file + "; compare it with what the server's operator"
                        + " tells you, then run: " + remedy
                : "its host key has CHANGED from " + pinned.get(0) + " to " + shown + ": somebody may pretend to be"
                        + " this server, and nothing was sent; only if its operator confirms the new key, run: "
                        + remedy;
    }

    private static List<ServerKey> pinned(ServerAddress server, String file) {
        try {
            return new KnownHosts(Path.of(file)).of(server);
        } catch (IOException e) {
            return List.of();
        }
    }
}

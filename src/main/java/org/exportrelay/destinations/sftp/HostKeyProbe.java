package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchUnknownHostKeyException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.UserInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;

/** Asks a server for its host key and disconnects before any login. */
public final class HostKeyProbe {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private HostKeyProbe() {}

    /**
     * The key that the server shows to someone who knows the given keys: of the pinned algorithm, if it
     * still has one.
     *
     * @throws IOException if none is shown; the message says why, in an operator's words
     */
    public static ServerKey ask(ServerAddress server, KnownHosts known) throws IOException {
        Session session = null;
        try {
            KeyExchanges.limit();
            JSch ssh = new JSch();
            ssh.setKnownHosts(known.file().toString());
            ssh.setHostKeyRepository(new NobodyIsKnown(ssh.getHostKeyRepository()));
            session = ssh.getSession("nobody", server.host(), server.port());
            session.setConfig("StrictHostKeyChecking", "yes");
            session.connect((int) LONGEST_WAIT.toMillis());
            throw new IllegalStateException("a host key was accepted that nobody knows");
        } catch (JSchUnknownHostKeyException shown) {
            return ServerKey.of(Base64.getDecoder().decode(session.getHostKey().getKey()));
        } catch (JSchException e) {
            throw new IOException(server + ": " + ConnectionFault.reason(e, LONGEST_WAIT), e);
        }
    }

    /** Lets the algorithms of known keys come first, as they do in earnest, but refuses every key. */
    private record NobodyIsKnown(HostKeyRepository known) implements HostKeyRepository {

        @Override
        public int check(String host, byte[] key) {
            return NOT_INCLUDED;
        }

        @Override
        public void add(HostKey hostkey, UserInfo userInfo) {
            // Only KnownHosts writes the file.
        }

        @Override
        public void remove(String host, String type) {
            // Only KnownHosts writes the file.
        }

        @Override
        public void remove(String host, String type, byte[] key) {
            // Only KnownHosts writes the file.
        }

        @Override
        public String getKnownHostsRepositoryID() {
            return known.getKnownHostsRepositoryID();
        }

        @Override
        public HostKey[] getHostKey() {
            return known.getHostKey();
        }

        @Override
        public HostKey[] getHostKey(String host, String type) {
            return known.getHostKey(host, type);
        }
    }
}

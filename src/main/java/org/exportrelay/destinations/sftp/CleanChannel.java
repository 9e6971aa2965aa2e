package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import java.util.Optional;

/**
 * A channel for what follows a failed upload: why it failed, and what it left. Not the one that failed, where answers to
 * the upload may still arrive, but a second one of the connection or, where the server allows only one, that of a new
 * connection. Not thread-safe.
 */
final class CleanChannel implements AutoCloseable {

    private final ChannelSftp channel;
    private final boolean isSecond;

    private CleanChannel(ChannelSftp channel, boolean isSecond) {
        this.channel = channel;
        this.isSecond = isSecond;
    }

    /**
     * @param session of the failed upload, still connected
     * @param operations reconnect where no second channel can be opened
     */
    static CleanChannel open(Session session, CheckedSftpOperations operations) {
        int timeoutMillis = operations.endpoint().getConfiguration().getConnectTimeout();
        try {
            ChannelSftp second = (ChannelSftp) session.openChannel("sftp");
            if (second != null) {
                second.connect(timeoutMillis);
                return new CleanChannel(second, true);
            }
        } catch (JSchException refused) {
            // Only one channel is allowed.
        }
        operations.disconnect();
        operations.connect(operations.endpoint().getConfiguration(), null);
        return new CleanChannel(OperationsChannel.of(operations), false);
    }

    /** Whether a file is gone. */
    boolean remove(String path) {
        try {
            channel.rm(path);
            return true;
        } catch (SftpException e) {
            return e.id == ChannelSftp.SSH_FX_NO_SUCH_FILE;
        }
    }

    /** The first directory of a path that is missing and cannot be created, and the server's words; empty if there is none. */
    Optional<String> missingDirectory(String directory) {
        for (int end = directory.indexOf('/', 1); ; end = directory.indexOf('/', end + 1)) {
            String ancestor = end < 0 ? directory : directory.substring(0, end);
            try {
                StoredFile stored = StoredFile.stat(channel, ancestor);
                if (stored.isFile()) {
                    return Optional.of(ancestor + " cannot be created, since a file has this name");
                }
                if (stored.isMissing()) {
                    channel.mkdir(ancestor);
                }
            } catch (SftpException e) {
                return Optional.of(
                        ancestor + " does not exist and the server did not create it (" + e.getMessage() + ")");
            }
            if (end < 0) {
                return Optional.empty();
            }
        }
    }

    @Override
    public void close() {
        if (isSecond) {
            channel.disconnect();
        }
    }
}

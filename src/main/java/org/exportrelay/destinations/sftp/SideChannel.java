package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import java.util.Optional;
import org.apache.camel.component.file.GenericFileOperationFailedException;

/**
 * A second channel of a connection, opened when first needed, for what Camel's operations cannot do:
 * ask for the size of one file and for what the server can do, and clean up after a failed upload. Some
 * servers allow one channel only; then it does nothing. Not thread-safe.
 */
final class SideChannel {

    private static final String POSIX_RENAME = "posix-rename@openssh.com";

    private final Session session;
    private final int connectTimeoutMillis;
    private Optional<ChannelSftp> channel;

    SideChannel(Session session, int connectTimeoutMillis) {
        this.session = session;
        this.connectTimeoutMillis = connectTimeoutMillis;
    }

    /** Bytes of a file; empty if the server allows no second channel. */
    Optional<Long> size(String path) {
        return channel().map(open -> {
            try {
                return open.stat(path).getSize();
            } catch (SftpException e) {
                throw new GenericFileOperationFailedException("Cannot see the size of " + path, e);
            }
        });
    }

    /** Whether a file is gone; it is not where the server allows no second channel. */
    boolean remove(String path) {
        return channel()
                .map(open -> {
                    try {
                        open.rm(path);
                        return true;
                    } catch (SftpException e) {
                        return e.id == ChannelSftp.SSH_FX_NO_SUCH_FILE;
                    }
                })
                .orElse(false);
    }

    /** Whether the server is known to replace a file by renaming another one to its name. */
    boolean renameReplaces() {
        return channel().map(open -> open.getExtension(POSIX_RENAME) != null).orElse(false);
    }

    private Optional<ChannelSftp> channel() {
        if (channel == null) {
            channel = open();
        }
        return channel;
    }

    private Optional<ChannelSftp> open() {
        try {
            ChannelSftp opened = (ChannelSftp) session.openChannel("sftp");
            if (opened == null) {
                return Optional.empty();
            }
            opened.connect(connectTimeoutMillis);
            return Optional.of(opened);
        } catch (JSchException e) {
            if (!session.isConnected()) {
                throw new GenericFileOperationFailedException("Cannot open a second channel", e);
            }
            return Optional.empty();
        }
    }
}

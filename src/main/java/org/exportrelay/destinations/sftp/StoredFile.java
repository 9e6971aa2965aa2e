package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.SftpATTRS;
import com.jcraft.jsch.SftpException;
import java.util.OptionalLong;

/**
 * What a server says about a file. One request, without listing its directory.
 *
 * @param presence whether the file is there
 * @param size in bytes; empty where the server does not report it
 * @param answer the server's words where it reports no size
 * @param isFile whether it is an ordinary file, as far as the server reports it
 */
record StoredFile(Presence presence, OptionalLong size, String answer, boolean isFile) {

    enum Presence {
        PRESENT,
        MISSING,
        /** The server does not let the user ask. */
        UNKNOWN
    }

    /**
     * @throws SftpException if the connection broke
     */
    static StoredFile stat(ChannelSftp channel, String path) throws SftpException {
        try {
            SftpATTRS attributes = channel.stat(path);
            boolean hasSize = (attributes.getFlags() & SftpATTRS.SSH_FILEXFER_ATTR_SIZE) != 0;
            return new StoredFile(
                    Presence.PRESENT,
                    hasSize ? OptionalLong.of(attributes.getSize()) : OptionalLong.empty(),
                    "its answer has no size",
                    attributes.isReg());
        } catch (SftpException e) {
            if (e.getCause() != null) {
                throw e;
            }
            Presence presence = e.id == ChannelSftp.SSH_FX_NO_SUCH_FILE ? Presence.MISSING : Presence.UNKNOWN;
            return new StoredFile(presence, OptionalLong.empty(), e.getMessage(), false);
        }
    }

    boolean isMissing() {
        return presence == Presence.MISSING;
    }
}

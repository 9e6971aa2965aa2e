package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.ChannelSftp.LsEntrySelector;
import com.jcraft.jsch.SftpATTRS;
import com.jcraft.jsch.SftpException;
import java.util.Optional;
import java.util.function.Consumer;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.ListedFile;
import org.exportrelay.destinations.RemoteFileWriter;

/** The directories of a user on an SFTP server, over one connection. SFTP has no checksums. */
final class SftpInventory implements Inventory {

    /** The login directory, in locations. */
    private static final String LOGIN = "/~/";

    private final StrictSftpEndpoint endpoint;
    private final String server;
    private CheckedSftpOperations operations;

    SftpInventory(StrictSftpEndpoint endpoint) {
        this.endpoint = endpoint;
        this.server = RemoteFileWriter.server(endpoint.getConfiguration());
    }

    @Override
    public String root() {
        return server + "/";
    }

    @Override
    public void list(String directory, Consumer<ListedFile> files) throws SftpException {
        try {
            channel().ls(path(directory), entry -> {
                SftpATTRS attributes = entry.getAttrs();
                if (!attributes.isDir()) {
                    boolean hasSize = (attributes.getFlags() & SftpATTRS.SSH_FILEXFER_ATTR_SIZE) != 0;
                    files.accept(new ListedFile(directory + entry.getFilename(), hasSize ? attributes.getSize() : -1));
                }
                return LsEntrySelector.CONTINUE;
            });
        } catch (SftpException e) {
            if (e.id != ChannelSftp.SSH_FX_NO_SUCH_FILE) {
                throw e;
            }
        }
    }

    /** JSch reads the last name of a path as a pattern. */
    private String path(String directory) {
        String path = directory.substring(server.length());
        String name = path.startsWith(LOGIN) ? "./" + path.substring(LOGIN.length()) : path;
        return name.replaceAll("[*?\\\\]", "\\\\$0");
    }

    private ChannelSftp channel() {
        if (operations == null) {
            operations = (CheckedSftpOperations) endpoint.createRemoteFileOperations();
        }
        if (!operations.isConnected()) {
            operations.connect(endpoint.getConfiguration(), null);
        }
        return OperationsChannel.of(operations);
    }

    @Override
    public Optional<String> sha256(String location) {
        return Optional.empty();
    }

    @Override
    public void close() {
        if (operations != null) {
            operations.disconnect();
        }
    }
}

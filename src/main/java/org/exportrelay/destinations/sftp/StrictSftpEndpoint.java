package org.exportrelay.destinations.sftp;

import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.apache.camel.component.file.remote.SftpConfiguration;
import org.apache.camel.component.file.remote.SftpEndpoint;
import org.apache.camel.component.file.remote.SftpRemoteFile;

/** An {@code sftp:} endpoint whose uploads are checked. */
final class StrictSftpEndpoint extends SftpEndpoint {

    private final String trustFile;

    StrictSftpEndpoint(String uri, StrictSftpComponent component, SftpConfiguration configuration, String trustFile) {
        super(uri, component, configuration);
        this.trustFile = trustFile;
    }

    /** The known_hosts file that {@code trust} writes. */
    String trustFile() {
        return trustFile;
    }

    @Override
    public RemoteFileOperations<SftpRemoteFile> createRemoteFileOperations() {
        CheckedSftpOperations operations = new CheckedSftpOperations(getProxy());
        operations.setEndpoint(this);
        return operations;
    }
}

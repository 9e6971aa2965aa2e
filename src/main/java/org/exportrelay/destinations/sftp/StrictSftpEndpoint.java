package org.exportrelay.destinations.sftp;

import java.util.Optional;
import org.apache.camel.component.file.GenericFileProducer;
import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.apache.camel.component.file.remote.SftpConfiguration;
import org.apache.camel.component.file.remote.SftpEndpoint;
import org.apache.camel.component.file.remote.SftpRemoteFile;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;
import org.exportrelay.destinations.RemoteFileWriter;
import org.exportrelay.destinations.StaleTempFiles;

/** An {@code sftp:} endpoint whose uploads are checked. */
final class StrictSftpEndpoint extends SftpEndpoint implements Listable {

    private final String trustFile;
    private final StaleTempFiles staleFiles = new StaleTempFiles();
    private boolean sizeRequired = true;
    private boolean dropBox;

    StrictSftpEndpoint(String uri, StrictSftpComponent component, SftpConfiguration configuration, String trustFile) {
        super(uri, component, configuration);
        this.trustFile = trustFile;
    }

    /** The known_hosts file that {@code trust} writes. */
    String trustFile() {
        return trustFile;
    }

    /** What earlier attempts left on the server; shared by all connections. */
    StaleTempFiles staleFiles() {
        return staleFiles;
    }

    /** Whether an upload fails where the server does not report the size of the file. */
    boolean isSizeRequired() {
        return sizeRequired;
    }

    void setSizeRequired(boolean sizeRequired) {
        this.sizeRequired = sizeRequired;
    }

    /** Whether the server takes files when they are closed, so that none can be renamed. */
    boolean isDropBox() {
        return dropBox;
    }

    void setDropBox(boolean dropBox) {
        this.dropBox = dropBox;
    }

    @Override
    protected GenericFileProducer<SftpRemoteFile> buildProducer() {
        // For what Camel's also sets in the endpoint.
        super.buildProducer();
        return new RemoteFileWriter<>(this, createRemoteFileOperations(), sizeRequired || dropBox);
    }

    @Override
    public RemoteFileOperations<SftpRemoteFile> createRemoteFileOperations() {
        CheckedSftpOperations operations = new CheckedSftpOperations(getProxy());
        operations.setEndpoint(this);
        return operations;
    }

    /** A drop box passes on what it receives. */
    @Override
    public Optional<Inventory> inventory() {
        return dropBox ? Optional.empty() : Optional.of(new SftpInventory(this));
    }
}

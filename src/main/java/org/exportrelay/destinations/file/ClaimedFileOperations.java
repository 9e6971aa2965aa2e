package org.exportrelay.destinations.file;

import java.io.File;
import org.apache.camel.Exchange;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.FileOperations;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.destinations.FileClaim;

/**
 * Camel's operations for an endpoint without a temporary name; a delivery claims the name before it writes. Thread-safe.
 */
final class ClaimedFileOperations extends FileOperations {

    private final FileEndpoint endpoint;

    ClaimedFileOperations(FileEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    @Override
    public boolean buildDirectory(String directory, boolean absolute) {
        try {
            LocalPath.requireUsable(directory);
        } catch (DeliveryException e) {
            throw RuntimeCamelException.wrapRuntimeCamelException(e);
        }
        return super.buildDirectory(directory, absolute);
    }

    @Override
    public boolean storeFile(String name, Exchange exchange, long size) {
        FileClaim claim = new FileClaim(exchange, endpoint.getFileExist());
        String location;
        try {
            LocalPath.requireUsable(name);
            location = LocalPath.location(name);
            claim.claim(location, () -> new File(name).exists());
        } catch (Exception e) {
            throw RuntimeCamelException.wrapRuntimeCamelException(e);
        }
        boolean stored = super.storeFile(name, exchange, size);
        claim.written(location);
        return stored;
    }
}

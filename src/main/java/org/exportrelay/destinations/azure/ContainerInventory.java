package org.exportrelay.destinations.azure;

import com.azure.storage.blob.models.ListBlobsOptions;
import java.util.Optional;
import java.util.function.Consumer;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.ListedFile;

/**
 * The blobs of a container: a request for each five thousand, and one for each checksum. The container stays open, since its
 * route file owns it.
 */
final class ContainerInventory implements Inventory {

    private static final String DELIMITER = "/";

    private final BlobContainer container;

    ContainerInventory(BlobContainer container) {
        this.container = container;
    }

    @Override
    public String root() {
        return container.location("");
    }

    @Override
    public void list(String directory, Consumer<ListedFile> files) {
        container
                .client()
                .listBlobsByHierarchy(DELIMITER, new ListBlobsOptions().setPrefix(name(directory)), null)
                .stream()
                // Some tools create an empty blob for each folder.
                .filter(blob -> !blob.getName().endsWith(DELIMITER))
                .forEach(blob -> files.accept(new ListedFile(
                        container.location(blob.getName()), blob.getProperties().getContentLength())));
    }

    /** The one that came with the upload: Azure computes none. */
    @Override
    public Optional<String> sha256(String location) {
        return Optional.of(
                container.blob(name(location)).getProperties().getMetadata().getOrDefault(BlobUpload.SHA256, ""));
    }

    private String name(String location) {
        return location.substring(root().length());
    }

    @Override
    public void close() {
        // The route file closes the container.
    }
}

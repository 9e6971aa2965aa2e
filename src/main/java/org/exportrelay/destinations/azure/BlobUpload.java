package org.exportrelay.destinations.azure;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.BlobHttpHeaders;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.options.BlockBlobCommitBlockListOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.options.BlockBlobStageBlockOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.component.azure.storage.blob.BlobConstants;
import org.apache.camel.component.file.GenericFileExist;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.component.Handover;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.Checkable;
import org.exportrelay.destinations.FileClaim;
import org.exportrelay.destinations.FileParts;
import org.exportrelay.destinations.FileParts.Part;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;
import org.exportrelay.destinations.MediaTypes;
import org.exportrelay.destinations.TestFile;

/**
 * Puts a verified file into a container so that what is there is what was verified: the file is read against its SHA-256,
 * Azure checks each block against the MD5 that comes with it, and in the end size and metadata of the blob are asked for and
 * compared. A blob appears under its name only when it is complete: its blocks are invisible until their list is committed.
 *
 * <p>Camel's own {@code azure-storage-blob} sends no checksums of blocks, keeps in memory what it may have to send again, and
 * replaces any blob. Thread-safe.
 */
public final class BlobUpload implements Checkable, Listable {

    /** The key of the metadata that has the checksum of the whole file. */
    static final String SHA256 = "sha256";

    /** Azure's own limit: https://learn.microsoft.com/azure/storage/blobs/scalability-targets. */
    /** Of the SHA-256, in the id of a block, which has at most 64 bytes. */
    private static final int CONTENT_DIGITS = 40;

    private static final int MOST_BLOCKS = 50_000;

    private static final String CHECK_NAME = ".export-relay-check";

    private BlobContainer container;

    public void setContainer(BlobContainer container) {
        this.container = container;
    }

    /**
     * Uploads a file, replacing a blob of that name unless it is another delivery's.
     *
     * @throws DeliveryException if file, or blob, is not what was verified, or the name belongs to another delivery
     * @throws Exception if the storage account refuses, or does not answer
     */
    public void put(
            @Body File file,
            @Header(BlobConstants.BLOB_NAME) String name,
            @Header(ExportHeaders.SHA256) String sha256,
            @Header(ExportHeaders.DELIVERY_ID) String deliveryId,
            Exchange exchange)
            throws Exception {
        String location = container.location(name);
        BlockBlobClient blob = container.blob(name);
        FileClaim claim = new FileClaim(exchange, GenericFileExist.Override);
        claim.claim(location, blob::exists);
        FileParts parts = FileParts.verified(file, sha256, container.blockSize(), MOST_BLOCKS, "MD5");
        BlobHttpHeaders headers = new BlobHttpHeaders()
                .setContentType(MediaTypes.of(exchange.getMessage().getHeader(ExportHeaders.FILE, "", String.class)));
        Map<String, String> metadata = Map.of(SHA256, sha256, "delivery_id", deliveryId);
        if (parts.parts().size() == 1) {
            putWhole(blob, parts, headers, metadata);
        } else {
            putInBlocks(blob, parts, headers, metadata);
        }
        verify(name, blob, parts);
        Handover.mark(exchange);
        claim.written(location);
    }

    private static void putWhole(
            BlockBlobClient blob, FileParts file, BlobHttpHeaders headers, Map<String, String> metadata) {
        Part whole = file.parts().get(0);
        blob.uploadWithResponse(
                new BlockBlobSimpleUploadOptions(content(file, whole))
                        .setHeaders(headers)
                        .setMetadata(metadata)
                        .setContentMd5(whole.digest()),
                null,
                Context.NONE);
    }

    /** Blocks of a failed upload are invisible; the next one replaces them, and Azure removes them after a week. */
    private static void putInBlocks(
            BlockBlobClient blob, FileParts file, BlobHttpHeaders headers, Map<String, String> metadata) {
        List<String> blocks = new ArrayList<>();
        for (Part part : file.parts()) {
            String block = blockId(file, part);
            blob.stageBlockWithResponse(
                    new BlockBlobStageBlockOptions(block, content(file, part)).setContentMd5(part.digest()),
                    null,
                    Context.NONE);
            blocks.add(block);
        }
        blob.commitBlockListWithResponse(
                new BlockBlobCommitBlockListOptions(blocks).setHeaders(headers).setMetadata(metadata),
                null,
                Context.NONE);
    }

    /**
     * All ids of a blob must have the same length. Those of other content differ: an upload that was interrupted for long
     * cannot commit blocks of the one that replaced it.
     */
    private static String blockId(FileParts file, Part part) {
        String id = file.sha256().substring(0, CONTENT_DIGITS) + String.format(Locale.ROOT, "%05d", part.number());
        return Base64.getEncoder().encodeToString(id.getBytes(StandardCharsets.US_ASCII));
    }

    /** Read from disk whenever it is sent. */
    private static BinaryData content(FileParts file, Part part) {
        return part.length() == 0
                ? BinaryData.fromBytes(new byte[0])
                : BinaryData.fromFile(file.file().toPath(), part.offset(), part.length());
    }

    private void verify(String name, BlockBlobClient blob, FileParts file) throws DeliveryException {
        BlobProperties stored = blob.getProperties();
        long size = file.file().length();
        if (stored.getBlobSize() != size) {
            throw different(name, stored.getBlobSize() + " bytes, the file has " + size);
        }
        String sha256 = stored.getMetadata().getOrDefault(SHA256, "none");
        if (!sha256.equals(file.sha256())) {
            throw different(name, "SHA-256 " + sha256 + ", the file has " + file.sha256());
        }
    }

    private DeliveryException different(String name, String difference) {
        return new DeliveryException(
                FailureAction.RETRY,
                "the blob " + name + " in container " + container.name() + " is not the file that was sent: it has "
                        + difference);
    }

    @Override
    public Optional<Inventory> inventory() {
        return Optional.of(new ContainerInventory(container));
    }

    @Override
    public String target() {
        return BlobContainer.SCHEME + ":" + container.account() + "/" + container.name();
    }

    @Override
    public Optional<String> nameHeader() {
        return Optional.of(BlobConstants.BLOB_NAME);
    }

    @Override
    public String test() throws IOException {
        BlockBlobClient blob = container.blob(CHECK_NAME);
        try {
            byte[] content = TestFile.content();
            blob.uploadWithResponse(
                    new BlockBlobSimpleUploadOptions(BinaryData.fromBytes(content)), null, Context.NONE);
            boolean isWhole = blob.getProperties().getBlobSize() == content.length;
            blob.delete();
            if (!isWhole) {
                throw new IOException(CHECK_NAME + " has another size than was sent");
            }
        } catch (HttpResponseException e) {
            removeTestBlob(blob, e);
            // Its own text is the whole answer.
            throw new IOException(BlobFailures.text(e));
        } catch (RuntimeException e) {
            // Without an answer it may have been stored all the same.
            removeTestBlob(blob, e);
            throw e;
        }
        return "wrote, read and removed " + CHECK_NAME;
    }

    private static void removeTestBlob(BlockBlobClient blob, RuntimeException failure) {
        try {
            blob.deleteIfExists();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public String hint() {
        return "check azure.account, azure.container, azure.endpoint and the key or token, and that they may read, write and"
                + " delete blobs";
    }
}

package org.exportrelay.sandbox;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Answers the store's requests: files for signed URLs, whole or in part. */
final class StoreHandler implements Site {

    private static final int DAMAGED_BYTES = 4;

    private final AtomicLong downloads = new AtomicLong();

    private final UrlSigner signer;
    private final ExportCatalog catalog;
    private final FileContents contents;
    private final Faults faults;
    private final InstantSource clock;

    StoreHandler(UrlSigner signer, ExportCatalog catalog, FileContents contents, Faults faults, InstantSource clock) {
        this.signer = signer;
        this.catalog = catalog;
        this.contents = contents;
        this.faults = faults;
        this.clock = clock;
    }

    /** Answers to GET that carried bytes of a file, including those cut short, stalled or corrupt. */
    long downloads() {
        return downloads.get();
    }

    @Override
    public Reply malformedUrl() {
        return StoreError.MALFORMED_URL.reply();
    }

    @Override
    public Reply internalError() {
        return StoreError.INTERNAL.reply();
    }

    @Override
    public Reply answer(Request request) {
        String method = request.method();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return StoreError.METHOD_NOT_ALLOWED.reply().with("Allow", "GET, HEAD");
        }
        if (request.header("Authorization").isPresent()) {
            return StoreError.TWO_CREDENTIALS.reply();
        }
        return switch (signer.check(request.path(), request.query(), clock.instant())) {
            case UNSIGNED -> StoreError.UNSIGNED.reply();
            case ALTERED -> StoreError.ALTERED.reply();
            case EXPIRED -> StoreError.EXPIRED.reply();
            case VALID -> file(request);
        };
    }

    private Reply file(Request request) {
        Optional<FileKey> key = StoreUrls.file(request.path());
        Optional<SandboxExport> found = key.map(FileKey::exportId).flatMap(catalog::byId);
        if (found.isEmpty() || key.get().index() >= found.get().files().size()) {
            return StoreError.NO_SUCH_FILE.reply();
        }
        SandboxExport export = found.get();
        int index = key.get().index();
        if (request.method().equals("HEAD")) {
            return content(export, index, Optional.empty(), false);
        }
        FileContents.Facts facts = contents.facts(export, index);
        Optional<ByteRange> range = range(request, export, facts);
        if (range.isPresent() && !range.get().satisfiable()) {
            return StoreError.OUTSIDE_THE_FILE.reply().with("Content-Range", "bytes */" + facts.size());
        }
        return switch (faults.ofStore(key.get())) {
            case NONE -> download(export, index, range, false);
            case INTERNAL_ERROR -> StoreError.INTERNAL.reply();
            case UNAVAILABLE -> StoreError.UNAVAILABLE.reply();
            case EXPIRED_URL -> StoreError.EXPIRED_TOO_EARLY.reply();
            case CUT_BODY -> download(export, index, range, false).sent(Reply.Sending.CUT);
            case STALL -> download(export, index, range, false).sent(Reply.Sending.STALLED);
            case CORRUPT_GZIP -> download(export, index, range, true);
        };
    }

    private Reply download(SandboxExport export, int index, Optional<ByteRange> range, boolean corrupt) {
        downloads.incrementAndGet();
        return content(export, index, range, corrupt || faults.damaged(export, index));
    }

    private Reply content(SandboxExport export, int index, Optional<ByteRange> range, boolean corrupt) {
        byte[] bytes = contents.bytes(export, index);
        byte[] sent = corrupt ? damaged(bytes) : bytes;
        Map<String, String> headers = Map.of(
                "ETag", etag(contents.facts(export, index)),
                "Last-Modified", lastModified(export),
                "Accept-Ranges", "bytes");
        if (range.isEmpty()) {
            return Reply.of(200, "application/gzip", sent).with(headers);
        }
        int from = range.get().from();
        int to = range.get().to();
        return Reply.of(206, "application/gzip", Arrays.copyOfRange(sent, from, to))
                .with(headers)
                .with("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + sent.length);
    }

    /** A range that {@code If-Range} ties to another version of the file is ignored. */
    private static Optional<ByteRange> range(Request request, SandboxExport export, FileContents.Facts facts) {
        Optional<String> version = request.header("If-Range");
        return version.isEmpty()
                        || version.get().equals(etag(facts))
                        || version.get().equals(lastModified(export))
                ? ByteRange.parse(request.header("Range").orElse(""), facts.size())
                : Optional.empty();
    }

    /** In the middle, where only decompression and its checksum detect it. */
    private static byte[] damaged(byte[] bytes) {
        byte[] damaged = bytes.clone();
        for (int i = 0; i < DAMAGED_BYTES; i++) {
            damaged[bytes.length / 2 + i] ^= (byte) 0xFF;
        }
        return damaged;
    }

    private static String etag(FileContents.Facts facts) {
        return '"' + facts.md5() + '"';
    }

    private static String lastModified(SandboxExport export) {
        return HttpDate.text(export.finishedAt());
    }
}

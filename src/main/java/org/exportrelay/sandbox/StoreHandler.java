package org.exportrelay.sandbox;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Answers the store's requests: files for signed URLs, whole or in part. */
final class StoreHandler implements HttpHandler {

    private static final int DAMAGED_BYTES = 4;

    /** Two digits for the day, unlike the JDK's own RFC 1123 format. */
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

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

    /** Answers to GET that carried bytes of a file, be they cut short, stalled or corrupt. */
    long downloads() {
        return downloads.get();
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        answer(exchange).sendTo(exchange);
    }

    private Reply answer(HttpExchange exchange) {
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return StoreError.METHOD_NOT_ALLOWED.reply().with("Allow", "GET, HEAD");
        }
        if (exchange.getRequestHeaders().containsKey("Authorization")) {
            return StoreError.TWO_CREDENTIALS.reply();
        }
        String path = exchange.getRequestURI().getPath();
        QueryString query = QueryString.parse(exchange.getRequestURI().getRawQuery());
        return switch (signer.check(path, query, clock.instant())) {
            case UNSIGNED -> StoreError.UNSIGNED.reply();
            case ALTERED -> StoreError.ALTERED.reply();
            case EXPIRED -> StoreError.EXPIRED.reply();
            case VALID -> file(exchange, path);
        };
    }

    private Reply file(HttpExchange exchange, String path) {
        Optional<FileKey> key = StoreUrls.file(path);
        Optional<SandboxExport> found = key.map(FileKey::exportId).flatMap(catalog::byId);
        if (found.isEmpty() || key.get().index() >= found.get().files().size()) {
            return StoreError.NO_SUCH_FILE.reply();
        }
        SandboxExport export = found.get();
        int index = key.get().index();
        if (exchange.getRequestMethod().equals("HEAD")) {
            return content(export, index, Optional.empty(), false);
        }
        FileContents.Facts facts = contents.facts(export, index);
        Optional<ByteRange> range = range(exchange.getRequestHeaders(), export, facts);
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

    /** A range that is tied to another version of the file by {@code If-Range} does not count. */
    private static Optional<ByteRange> range(Headers request, SandboxExport export, FileContents.Facts facts) {
        String version = request.getFirst("If-Range");
        return version == null || version.equals(etag(facts)) || version.equals(lastModified(export))
                ? ByteRange.parse(request.getFirst("Range"), facts.size())
                : Optional.empty();
    }

    /** In the middle, where only decompression and its checksum notice. */
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
        return HTTP_DATE.format(export.finishedAt());
    }
}

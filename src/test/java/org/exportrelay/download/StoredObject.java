package org.exportrelay.download;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An object of a store that honours ranges as RFC 9110 says, and cuts its bodies when told to. */
final class StoredObject implements HttpHandler {

    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile byte[] content;
    private volatile String etag;
    private volatile int cutAfter;

    StoredObject(byte[] content, String etag) {
        replace(content, etag);
    }

    /** From now on there are other bytes under the same URL. */
    void replace(byte[] newContent, String newEtag) {
        content = newContent;
        etag = newEtag;
    }

    /** The next bodies end after so many bytes. */
    StoredObject cutting(int times, int after) {
        cutAfter = after;
        cuts.set(times);
        return this;
    }

    /** The ranges that it was asked for, oldest first; {@code all} where there was none. */
    List<String> ranges() {
        return List.copyOf(ranges);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(range == null ? "all" : range);
        byte[] all = content;
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        boolean part = range != null && (condition == null || condition.equals(etag));
        int from = part ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        if (from >= all.length) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + all.length);
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (etag != null) {
            exchange.getResponseHeaders().set("ETag", etag);
        }
        if (part) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (all.length - 1) + "/" + all.length);
        }
        exchange.sendResponseHeaders(part ? 206 : 200, all.length - from);
        int to = cuts.getAndDecrement() > 0 ? Math.min(all.length, from + cutAfter) : all.length;
        exchange.getResponseBody().write(Arrays.copyOfRange(all, from, to));
        exchange.getResponseBody().flush();
    }
}

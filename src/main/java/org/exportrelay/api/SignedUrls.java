package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The download URLs of the latest exports, in memory only. Every list page adds to them; a URL that is missing, refused
 * or about to end is requested by the export's id. If several are missing within a minute, they are requested with their
 * pages of the list instead, since one page has the URLs of up to 100 exports. Thread-safe.
 */
@Singleton
public final class SignedUrls {

    /** Of the heap. */
    private static final int SHARE_OF_MEMORY = 4;

    private static final int PAGE = 100;
    /** Requests by id within a minute; what is missing beyond them is requested with its page. */
    private static final int MOST_BY_ID = 3;

    private static final Duration MINUTE = Duration.ofMinutes(1);
    /** If the list has the same old URL, its pages are not requested for this time. */
    private static final Duration NO_PAGES = Duration.ofMinutes(10);
    /** The first page may show that entries have moved. */
    private static final int MOST_PAGES = 2;

    private final UrlCache seen;
    private final ListPositions positions = new ListPositions();
    private final ExportsApi api;
    private final ApiClock clock;
    /** Held while a page is requested, so that no other thread requests the same one. */
    private final ReentrantLock paging = new ReentrantLock();

    private final Deque<Instant> requestedById = new ArrayDeque<>();
    private volatile Instant pagesFrom = Instant.MIN;

    @Inject
    SignedUrls(ExportsApi api, ApiClock clock) {
        this(api, clock, Runtime.getRuntime().maxMemory() / SHARE_OF_MEMORY);
    }

    SignedUrls(ExportsApi api, ApiClock clock, long mostBytes) {
        this.api = api;
        this.clock = clock;
        this.seen = new UrlCache(mostBytes);
    }

    /** Keeps the URLs of an export whose files may be waited for. */
    public void remember(Export export) {
        remember(export, true);
    }

    /**
     * Keeps the URLs of an export.
     *
     * @param isAwaited whether its files are still to be downloaded: others are dropped first
     */
    public void remember(Export export, boolean isAwaited) {
        if (!export.files().isEmpty()) {
            seen.put(export, isAwaited);
        }
    }

    /** A page of the list has these exports, in this order. */
    public void listed(int offset, List<String> exportIds) {
        positions.read(offset, exportIds);
        seen.removeExpired(clock.certainlyPast());
    }

    /** The whole list has these exports. */
    public void listed(Collection<String> exportIds) {
        positions.retain(exportIds);
    }

    /** The files of an export are downloaded. Its URLs are kept as long as there is room. */
    public void downloaded(String exportId) {
        seen.release(exportId);
    }

    /** Forgets the URLs of an export, since the store refused one; the next {@link #find} asks the API. */
    public void refused(String exportId) {
        seen.remove(exportId);
    }

    /** Whether the API can be asked for a URL now, without a wait. */
    public boolean mayRequest() {
        return api.mayRequestUrls();
    }

    /**
     * A URL of a file that stays valid for a while.
     *
     * @param exportId the export
     * @param filename the file, as the API names it
     * @param occurrence 1 for the first file of that name in the export, 2 for the second
     * @param validity how long it must still be valid at least; zero for a URL that has not certainly ended
     * @return empty if the API no longer has such a URL, or none that is valid that long
     * @throws ApiException if the API did not answer
     */
    public Optional<SignedUrl> find(String exportId, String filename, int occurrence, Duration validity)
            throws ApiException {
        // The caller gives up for good without a URL: a clock that is not certain must not be the reason.
        Instant needed =
                validity.isZero() ? clock.certainlyPast() : clock.instant().plus(validity);
        Wanted wanted = new Wanted(exportId, filename, occurrence, needed);
        Optional<SignedUrl> known = valid(wanted);
        if (known.isPresent()) {
            return known;
        }
        if (!takesRequestById()) {
            known = findByPage(wanted);
            if (known.isPresent()) {
                return known;
            }
        }
        Export fresh = api.export(exportId);
        remember(fresh);
        return url(fresh, filename, occurrence).filter(url -> url.isValidAt(needed));
    }

    /** The last URL that the API listed, even if it is no longer valid. */
    public Optional<SignedUrl> remembered(String exportId, String filename, int occurrence) {
        return url(seen.get(exportId), filename, occurrence);
    }

    private Optional<SignedUrl> valid(Wanted wanted) {
        return remembered(wanted.exportId(), wanted.filename(), wanted.occurrence())
                .filter(url -> url.isValidAt(wanted.needed()));
    }

    private synchronized boolean takesRequestById() {
        Instant now = clock.instant();
        while (!requestedById.isEmpty()
                && !requestedById.peekFirst().plus(MINUTE).isAfter(now)) {
            requestedById.removeFirst();
        }
        boolean isFew = requestedById.size() < MOST_BY_ID;
        if (isFew) {
            requestedById.addLast(now);
        }
        return isFew;
    }

    /** Empty if its page is not known, or has no valid URL either. */
    private Optional<SignedUrl> findByPage(Wanted wanted) throws ApiException {
        try {
            paging.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiFailures.of(new InterruptedIOException("the relay stops"));
        }
        try {
            // Another thread may have read its page meanwhile.
            Optional<SignedUrl> known = valid(wanted);
            for (int pages = 0;
                    known.isEmpty() && pages < MOST_PAGES && clock.instant().isAfter(pagesFrom);
                    pages++) {
                OptionalInt position = positions.of(wanted.exportId());
                if (position.isEmpty() || readPage(position.getAsInt(), wanted.exportId())) {
                    known = valid(wanted);
                    if (known.isEmpty() && hasOldUrl(wanted)) {
                        pagesFrom = clock.instant().plus(NO_PAGES);
                    }
                    break;
                }
            }
            return known;
        } finally {
            paging.unlock();
        }
    }

    /** Whether its signature ends too early, although the export itself lasts. */
    private boolean hasOldUrl(Wanted wanted) {
        Export export = seen.get(wanted.exportId());
        return export != null
                && (export.expiresAt() == null || export.expiresAt().isAfter(wanted.needed()));
    }

    /**
     * Pages begin at multiples of their length: whichever export of a page is needed first, none is read twice.
     *
     * @return whether the page has the export
     */
    private boolean readPage(int position, String exportId) throws ApiException {
        int offset = position / PAGE * PAGE;
        ExportPage page = api.page(offset, PAGE);
        page.data().forEach(export -> remember(export, false));
        positions.read(offset, page.ids());
        return page.ids().contains(exportId);
    }

    private static Optional<SignedUrl> url(Export export, String filename, int occurrence) {
        if (export == null) {
            return Optional.empty();
        }
        return export.files().stream()
                .filter(file -> file.filename().equals(filename))
                .skip(occurrence - 1L)
                .findFirst()
                .map(file -> SignedUrl.of(file.url(), export.expiresAt()));
    }

    private record Wanted(String exportId, String filename, int occurrence, Instant needed) {}
}

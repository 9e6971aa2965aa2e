package org.exportrelay.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The download URLs of the latest exports, in memory only. Every list page adds to them; a URL that is missing, refused
 * or about to end is requested by the export's id. Thread-safe.
 */
@Singleton
public final class SignedUrls {

    private static final int REMEMBERED_EXPORTS = 20_000;

    private final Cache<String, Export> seen =
            Caffeine.newBuilder().maximumSize(REMEMBERED_EXPORTS).build();
    private final ExportsApi api;
    private final ApiClock clock;

    @Inject
    SignedUrls(ExportsApi api, ApiClock clock) {
        this.api = api;
        this.clock = clock;
    }

    /** Keeps the URLs of an export of a list page. */
    public void remember(Export export) {
        if (!export.files().isEmpty()) {
            seen.put(export.exportId(), export);
        }
    }

    /** Forgets the URLs of an export, since the store refused one; the next {@link #find} asks the API. */
    public void refused(String exportId) {
        seen.invalidate(exportId);
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
        Optional<SignedUrl> known = remembered(exportId, filename, occurrence);
        if (known.isPresent() && known.get().isValidAt(needed)) {
            return known;
        }
        Export fresh = api.export(exportId);
        remember(fresh);
        return url(fresh, filename, occurrence).filter(url -> url.isValidAt(needed));
    }

    /** The last URL that the API listed, even if it is no longer valid. */
    public Optional<SignedUrl> remembered(String exportId, String filename, int occurrence) {
        return url(seen.getIfPresent(exportId), filename, occurrence);
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
}

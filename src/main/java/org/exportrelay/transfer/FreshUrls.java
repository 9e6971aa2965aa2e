package org.exportrelay.transfer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.exportrelay.api.ApiException;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.api.SignedUrls;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.ExportFile;
import org.exportrelay.ledger.Remedy;
import org.exportrelay.ledger.Setback;

/** Usable URLs for files of the ledger, or what follows from there being none. Thread-safe. */
@Singleton
public class FreshUrls {

    private final SignedUrls urls;
    private final Duration minValidity;

    @Inject
    FreshUrls(SignedUrls urls, RelaySettings settings) {
        this.urls = urls;
        this.minValidity = settings.download().minValidity();
    }

    /**
     * A URL to hand on to others, good for at least {@code relay.download.min-validity}.
     *
     * @throws Setback if there is none, or the API cannot be asked now
     */
    public SignedUrl forLink(ExportFile file) throws Setback {
        return find(file, minValidity)
                .orElseThrow(() -> new Setback(
                        Remedy.EXPIRE,
                        "the API has no URL of %s that stays valid for relay.download.min-validity=%s; run the export again"
                                .formatted(file.filename(), Durations.text(minValidity))));
    }

    /** A URL to download from now; one that ends soon is asked for again first, and used if need be. */
    SignedUrl forDownload(ExportFile file) throws Setback {
        Optional<SignedUrl> lasting = find(file, minValidity);
        return lasting.isPresent() ? lasting.get() : anyStillValid(file);
    }

    /** A URL that the API signed after the store refused the last one. */
    SignedUrl afterRefusal(ExportFile file) throws Setback {
        urls.refused(file.exportId());
        return anyStillValid(file);
    }

    private SignedUrl anyStillValid(ExportFile file) throws Setback {
        return find(file, Duration.ZERO)
                .orElseThrow(() -> new Setback(
                        Remedy.EXPIRE, "the API has no URL of " + file.filename() + " any more; run the export again"));
    }

    private Optional<SignedUrl> find(ExportFile file, Duration validity) throws Setback {
        try {
            return urls.find(file.exportId(), file.filename(), file.occurrence(), validity);
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.GONE) {
                throw new Setback(
                        Remedy.EXPIRE, "the API no longer has export " + file.exportId() + "; run it again", e);
            }
            // Not the delivery's fault: it must not use up its attempts while the API is away.
            throw new Setback(Remedy.POSTPONE, "no download URL for " + file.filename() + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new Setback(Remedy.PARK, e.getMessage() + " (" + file.filename() + ")", e);
        }
    }
}

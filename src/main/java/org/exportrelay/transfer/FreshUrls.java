package org.exportrelay.transfer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
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
        Optional<SignedUrl> lasting = find(file, minValidity);
        if (lasting.isPresent()) {
            return lasting.get();
        }
        String what = "the API has no URL of " + file.safeName() + " that stays valid for relay.download.min-validity="
                + Durations.text(minValidity);
        boolean ending = file.expiresAt() == null
                || file.expiresAt().isBefore(Instant.now().plus(minValidity));
        throw ending
                ? new Setback(Remedy.EXPIRE, what + "; run the export again")
                : new Setback(Remedy.PARK, what + ", though the export lasts longer; lower that setting");
    }

    /** A URL to download from now; one that ends soon is asked for again first, and used if need be. */
    SignedUrl forDownload(ExportFile file) throws Setback {
        try {
            Optional<SignedUrl> lasting = find(file, minValidity);
            return lasting.isPresent() ? lasting.get() : anyStillValid(file);
        } catch (Setback setback) {
            if (setback.remedy() != Remedy.POSTPONE) {
                throw setback;
            }
            return urls.remembered(file.exportId(), file.filename(), file.occurrence())
                    .filter(url -> url.isValidAt(Instant.now()))
                    .orElseThrow(() -> setback);
        }
    }

    /** A URL that the API signed after the store refused the last one. */
    SignedUrl afterRefusal(ExportFile file) throws Setback {
        urls.refused(file.exportId());
        return anyStillValid(file);
    }

    private SignedUrl anyStillValid(ExportFile file) throws Setback {
        return find(file, Duration.ZERO)
                .orElseThrow(() -> new Setback(
                        Remedy.EXPIRE, "the API has no URL of " + file.safeName() + " any more; run the export again"));
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
            throw new Setback(Remedy.POSTPONE, "no download URL for " + file.safeName() + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new Setback(Remedy.PARK, e.getMessage() + " (" + file.safeName() + ")", e);
        }
    }
}

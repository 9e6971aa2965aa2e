package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.exportrelay.api.ApiClock;
import org.exportrelay.api.ApiException;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.api.SignedUrls;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;

/** Finds usable URLs for files of the ledger, or decides what follows if there are none. Thread-safe. */
@Singleton
public class FreshUrls {

    private final SignedUrls urls;
    private final ApiClock clock;
    private final Duration minValidity;

    @Inject
    FreshUrls(SignedUrls urls, RelaySettings settings, ApiClock clock) {
        this.urls = urls;
        this.clock = clock;
        this.minValidity = settings.download().minValidity();
    }

    /**
     * A URL for a link message, valid for at least {@code relay.download.min-validity}.
     *
     * @throws DeliveryException if there is none, or the API does not answer now
     */
    public SignedUrl forLink(ExportFile file) throws DeliveryException {
        Optional<SignedUrl> lasting = find(file, minValidity);
        if (lasting.isPresent()) {
            return lasting.get();
        }
        String problem = "the API has no URL of " + file.safeName()
                + " that stays valid for relay.download.min-validity=" + Durations.text(minValidity);
        boolean endsSoon = file.expiresAt() == null
                || file.expiresAt().isBefore(clock.instant().plus(minValidity));
        throw endsSoon
                ? new DeliveryException(FailureAction.EXPIRE, problem + "; run the export again")
                : new DeliveryException(
                        FailureAction.PARK, problem + ", although the export lasts longer; lower that setting");
    }

    /** A URL to download from now. One that ends soon is used only if the API has no other. */
    SignedUrl forDownload(ExportFile file) throws DeliveryException {
        try {
            Optional<SignedUrl> lasting = find(file, minValidity);
            return lasting.isPresent() ? lasting.get() : anyStillValid(file);
        } catch (DeliveryException refused) {
            if (refused.action() != FailureAction.POSTPONE) {
                throw refused;
            }
            return urls.remembered(file.exportId(), file.filename(), file.occurrence())
                    .filter(url -> url.isValidAt(clock.instant()))
                    .orElseThrow(() -> refused);
        }
    }

    /** A URL that the API signed after the store refused the last one. */
    SignedUrl afterRefusal(ExportFile file) throws DeliveryException {
        urls.refused(file.exportId());
        return anyStillValid(file);
    }

    private SignedUrl anyStillValid(ExportFile file) throws DeliveryException {
        return find(file, Duration.ZERO)
                .orElseThrow(() -> new DeliveryException(
                        FailureAction.EXPIRE,
                        "the API has no URL of " + file.safeName() + " any more; run the export again"));
    }

    private Optional<SignedUrl> find(ExportFile file, Duration validity) throws DeliveryException {
        try {
            return urls.find(file.exportId(), file.filename(), file.occurrence(), validity);
        } catch (ApiException e) {
            if (e.kind() == ApiException.Kind.GONE) {
                throw new DeliveryException(
                        FailureAction.EXPIRE, "the API no longer has export " + file.exportId() + "; run it again", e);
            }
            // Not the delivery's fault: it counts no attempt while the API is down.
            throw new DeliveryException(
                    FailureAction.POSTPONE, "no download URL for " + file.safeName() + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    file.safeName() + ": " + e.getMessage() + "; report it to the API's provider, then replay",
                    e);
        }
    }
}

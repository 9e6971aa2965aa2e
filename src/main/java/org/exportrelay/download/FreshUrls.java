package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.exportrelay.api.ApiClock;
import org.exportrelay.api.ApiException;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.api.SignedUrls;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.SharedUrls;

/** Finds usable URLs for files of the ledger, or decides what follows if there are none. Thread-safe. */
@Singleton
public class FreshUrls {

    private final SignedUrls urls;
    private final SharedUrls shared;
    private final ApiClock clock;
    private final Duration minValidity;

    @Inject
    FreshUrls(SignedUrls urls, SharedUrls shared, RelaySettings settings, ApiClock clock) {
        this.urls = urls;
        this.shared = shared;
        this.clock = clock;
        this.minValidity = settings.download().minValidity();
    }

    /**
     * A URL for a link message, valid for at least {@code relay.download.min-validity}.
     *
     * @throws DeliveryException if there is none, or the API does not answer now
     */
    public SignedUrl forLink(ExportFile file) throws DeliveryException {
        load(List.of(file));
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

    /**
     * Whether the URLs of an export are known, so that its download needs no request to the API.
     *
     * @param export of which {@link #load} was called
     */
    boolean isKnown(DueExport export) {
        return isKnown(export.files().get(0));
    }

    private boolean isKnown(ExportFile file) {
        return urls.remembered(file.exportId(), file.filename(), file.occurrence())
                .filter(url -> url.isValidAt(clock.instant()))
                .isPresent();
    }

    /** Whether the API can be asked for URLs now, without a wait. */
    boolean mayRequest() {
        return urls.mayRequest();
    }

    /** Reads the URLs that another instance has polled, if this one does not know them. */
    void load(Collection<ExportFile> files) {
        shared.load(files.stream()
                        .filter(file -> !isKnown(file))
                        .map(ExportFile::exportId)
                        .distinct()
                        .toList())
                .forEach(urls::remember);
    }

    /** The files of an export are downloaded. */
    void downloaded(DueExport export) {
        urls.downloaded(export.exportId());
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

package org.exportrelay.download;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.exportrelay.config.AllowedHost;
import org.exportrelay.config.HostName;
import org.exportrelay.config.Loopback;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * The hosts that files may be downloaded from.
 *
 * @param allowed {@code relay.download.allowed-hosts}
 */
record DownloadHosts(List<AllowedHost> allowed) {

    /**
     * Refuses a URL before anything is sent to its host.
     *
     * @param filename for the message
     * @param url also one that the store redirected to
     * @throws DeliveryException if the host or the scheme is not allowed
     */
    void check(String filename, URI url) throws DeliveryException {
        Optional<String> invalid = HostName.invalidIn(url);
        if (invalid.isPresent()) {
            throw refused(
                    filename,
                    "leads to " + invalid.get() + ", which " + HostName.RULE
                            + "; report it to the API's provider, then replay");
        }
        if (!Loopback.isSafe(url)) {
            String origin = url.getScheme() == null ? "no scheme" : url.getScheme() + "://" + url.getHost();
            throw refused(filename, "is not https (" + origin + "); the relay downloads nothing unencrypted");
        }
        if (allowed.stream().noneMatch(host -> host.matches(url))) {
            throw refused(
                    filename,
                    "leads to " + HostName.withPort(url) + ", which relay.download.allowed-hosts does not list ("
                            + listed() + "); add it there if it is the API's store, then replay");
        }
    }

    private static DeliveryException refused(String filename, String reason) {
        return new DeliveryException(FailureAction.PARK, "the download URL of " + filename + " " + reason);
    }

    private String listed() {
        return allowed.stream()
                .map(host -> host.port() == -1 ? host.host() : host.host() + ":" + host.port())
                .collect(Collectors.joining(", "));
    }
}

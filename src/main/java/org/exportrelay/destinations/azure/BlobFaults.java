package org.exportrelay.destinations.azure;

import com.azure.core.http.HttpHeaders;
import com.azure.storage.blob.models.BlobStorageException;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Set;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;

/** The faults of Azure Blob Storage. */
@Singleton
public final class BlobFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = NetworkFaults.and(Map.of(
            "access denied", answer(403, "AuthorizationPermissionMismatch"),
            "login refused", answer(403, "AuthenticationFailed"),
            "no container", answer(404, "ContainerNotFound"),
            "server busy", answer(503, "ServerBusy"),
            "refused name", answer(400, "InvalidResourceName"),
            "blob too large", answer(413, "RequestBodyTooLarge"),
            "immutable blob", answer(409, "BlobImmutableDueToPolicy"),
            "bad digest", answer(400, "Md5Mismatch")));

    private static Fault answer(int status, String code) {
        HttpHeaders headers = new HttpHeaders().set(BlobFailures.ERROR_CODE, code);
        return (endpoint, target) -> new BlobStorageException(
                "Status code " + status + ", " + code, new BlobHttpAnswer(null, status, headers, new byte[0]), null);
    }

    @Override
    public Set<String> schemes() {
        return Set.of(BlobContainer.SCHEME);
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}

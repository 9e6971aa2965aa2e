package org.exportrelay.destinations.azure;

import com.azure.core.http.HttpClient;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.specialized.BlockBlobClient;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.support.CamelContextHelper;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.ByteSizeConverter;
import org.exportrelay.destinations.StoreAuthority;

/**
 * A container of a storage account, as a bean of the route file. Contacts nothing before the first upload. Thread-safe once
 * its properties are set.
 */
public final class BlobContainer implements AutoCloseable, CamelContextAware {

    /** How Camel's own component writes it. */
    static final String SCHEME = "azure-storage-blob";

    /** Azure's own limit: https://learn.microsoft.com/azure/storage/blobs/scalability-targets. */
    private static final Pattern ENDPOINT = Pattern.compile("https?://[^\\s?#@\"'<>]+");

    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]*={0,2}");
    private static final Pattern TOKEN = Pattern.compile("[\\w%&=.~:+/,;?*-]*");
    private static final long LARGEST_BLOCK = 4000L << 20;

    private static final long SMALLEST_BLOCK = 1L << 20;

    /** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata. */
    private static final Pattern NAME = Pattern.compile("(?=.{3,63}$)[a-z0-9](?:-?[a-z0-9])*");

    private static final int TRIES = 3;
    private static final Duration RETRY_DELAY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY_DELAY = Duration.ofSeconds(2);

    private CamelContext context;
    private String account;
    private String name;
    private String endpoint = "";
    private String accessKey = "";
    private String sasToken = "";
    private long blockSize;
    private BlobHttpClient http;
    private BlobContainerClient client;

    @Override
    public void setCamelContext(CamelContext context) {
        this.context = context;
    }

    @Override
    public CamelContext getCamelContext() {
        return context;
    }

    public void setAccount(String account) {
        this.account = account;
    }

    /**
     * @throws IllegalArgumentException if Azure permits no container of this name
     */
    public void setName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name
                    + "' is no name of a container; write 3 to 63 lower-case letters, digits and single hyphens");
        }
        this.name = name;
    }

    /**
     * The URL of the blob service; empty for {@code https://ACCOUNT.blob.core.windows.net}.
     *
     * @throws IllegalArgumentException if it is no URL
     */
    public void setEndpoint(String endpoint) {
        if (!endpoint.isEmpty() && !ENDPOINT.matcher(endpoint).matches()) {
            throw new IllegalArgumentException("the endpoint is no URL such as https://ACCOUNT.blob.core.windows.net;"
                    + " write it without quotes and without a query");
        }
        this.endpoint = endpoint;
    }

    /**
     * Key of the account; if it is empty, the token is used.
     *
     * @throws IllegalArgumentException if it is not base64; the message does not contain it
     */
    public void setAccessKey(String accessKey) {
        if (!BASE64.matcher(accessKey).matches()) {
            throw new IllegalArgumentException("the access key is not base64; copy it again, without quotes");
        }
        this.accessKey = accessKey;
    }

    /**
     * A shared access signature; if it is empty too, Azure's own chain finds an identity, such as that of the machine.
     *
     * @throws IllegalArgumentException if it cannot be part of a URL; the message does not contain it
     */
    public void setSasToken(String sasToken) {
        if (!TOKEN.matcher(sasToken).matches()) {
            throw new IllegalArgumentException("the SAS token has a character that no token has, such as a quote or a"
                    + " space; copy it again, without quotes");
        }
        this.sasToken = sasToken;
    }

    /**
     * @param blockSize with its unit, such as {@code 64M}
     * @throws IllegalArgumentException if it is no size from 1M to 4000M
     */
    public void setBlockSize(String blockSize) {
        long bytes = new ByteSizeConverter().convert(blockSize).bytes();
        if (bytes < SMALLEST_BLOCK || bytes > LARGEST_BLOCK) {
            throw new IllegalArgumentException(
                    "a block size of " + blockSize + " is out of Azure's range; write 1M to 4000M, such as 64M");
        }
        this.blockSize = bytes;
    }

    String account() {
        return account;
    }

    String name() {
        return name;
    }

    long blockSize() {
        return blockSize;
    }

    /** URI of a blob: with the account at Azure, with host, port and path in another store. */
    String location(String blob) {
        if (endpoint.isEmpty()) {
            return SCHEME + "://" + account + "/" + name + "/" + blob;
        }
        URI store = URI.create(endpoint);
        return SCHEME + "://" + StoreAuthority.of(store) + store.getRawPath().replaceFirst("/$", "") + "/" + name + "/"
                + blob;
    }

    BlockBlobClient blob(String blobName) {
        return client().getBlobClient(blobName).getBlockBlobClient();
    }

    synchronized BlobContainerClient client() {
        if (client == null) {
            http = new BlobHttpClient(CamelContextHelper.mandatoryFindSingleByType(context, HttpConnections.class));
            BlobServiceClientBuilder builder = new BlobServiceClientBuilder()
                    .endpoint(endpoint.isEmpty() ? "https://" + account + ".blob.core.windows.net" : endpoint)
                    .httpClient(http)
                    // No time limit for a try: the HTTP client has its own for each wait.
                    .retryOptions(new RequestRetryOptions(
                            RetryPolicyType.EXPONENTIAL,
                            TRIES,
                            (Duration) null,
                            RETRY_DELAY,
                            LONGEST_RETRY_DELAY,
                            null));
            if (!accessKey.isEmpty()) {
                builder.credential(new StorageSharedKeyCredential(account, accessKey));
            } else if (!sasToken.isEmpty()) {
                builder.sasToken(sasToken);
            } else {
                useIdentity(builder, http);
            }
            client = builder.buildClient().getBlobContainerClient(name);
        }
        return client;
    }

    private static void useIdentity(BlobServiceClientBuilder builder, HttpClient http) {
        builder.credential(new DefaultAzureCredentialBuilder().httpClient(http).build());
    }

    @Override
    public synchronized void close() {
        if (http != null) {
            http.close();
            http = null;
            client = null;
        }
    }
}

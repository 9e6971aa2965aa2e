package org.exportrelay.destinations.s3;

import java.net.URI;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.support.CamelContextHelper;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.ByteSizeConverter;
import org.exportrelay.destinations.StoreAuthority;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.apache.ProxyConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * A bucket, as a bean of the route file. Contacts nothing before the first upload. Thread-safe once
 * its properties are set.
 */
public final class S3Bucket implements AutoCloseable, CamelContextAware {

    /** S3's own limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. */
    private static final long SMALLEST_PART = 5L << 20;

    private static final long LARGEST_PART = 5L << 30;

    private CamelContext context;
    private String name;
    private String region;
    private String endpoint = "";
    private String accessKey = "";
    private String secretKey = "";
    private long partSize;
    private S3Client client;

    @Override
    public void setCamelContext(CamelContext context) {
        this.context = context;
    }

    @Override
    public CamelContext getCamelContext() {
        return context;
    }

    public void setName(String name) {
        this.name = name;
    }

    public void setRegion(String region) {
        this.region = region;
    }

    /** The URL of an S3-compatible store, addressed by path; empty for AWS. */
    public void setEndpoint(String endpoint) {
        this.endpoint = endpoint;
    }

    /** Empty: AWS's own chain finds credentials, such as those of the machine's role. */
    public void setAccessKey(String accessKey) {
        this.accessKey = accessKey;
    }

    public void setSecretKey(String secretKey) {
        this.secretKey = secretKey;
    }

    /**
     * @param partSize with its unit, such as {@code 64M}
     * @throws IllegalArgumentException if it is no size from 5M to 5G
     */
    public void setPartSize(String partSize) {
        long bytes = new ByteSizeConverter().convert(partSize).bytes();
        if (bytes < SMALLEST_PART || bytes > LARGEST_PART) {
            throw new IllegalArgumentException(
                    "a part size of " + partSize + " is out of S3's range; write 5M to 5G, such as 64M");
        }
        this.partSize = bytes;
    }

    String name() {
        return name;
    }

    long partSize() {
        return partSize;
    }

    /** URI of an object: {@code s3://bucket/key} at AWS, {@code s3://host:port/bucket/key} in another store. */
    String location(String key) {
        if (endpoint.isEmpty()) {
            return "s3://" + name + "/" + key;
        }
        return "s3://" + StoreAuthority.of(URI.create(endpoint)) + "/" + name + "/" + key;
    }

    synchronized S3Client client() {
        if (client == null) {
            S3ClientBuilder builder = S3Client.builder()
                    .region(Region.of(region))
                    .httpClientBuilder(http())
                    .overrideConfiguration(client -> client.retryStrategy(new ShortRetries()))
                    // Checksums are this package's business; others' stores know fewer forms of them than AWS.
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
            if (!endpoint.isEmpty()) {
                builder.endpointOverride(URI.create(endpoint)).forcePathStyle(true);
            }
            if (!accessKey.isEmpty()) {
                builder.credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)));
            }
            client = builder.build();
        }
        return client;
    }

    private ApacheHttpClient.Builder http() {
        HttpConnections connections = CamelContextHelper.mandatoryFindSingleByType(context, HttpConnections.class);
        URI server = URI.create(endpoint.isEmpty() ? "https://" + name + ".s3." + region + ".amazonaws.com" : endpoint);
        // The relay's own rules on proxies hold, not the SDK's, which differ a little.
        ProxyConfiguration.Builder proxy =
                ProxyConfiguration.builder().useSystemPropertyValues(false).useEnvironmentVariableValues(false);
        connections.proxyTo(server).ifPresent(through -> {
            proxy.endpoint(URI.create(through.toString()));
            through.login().ifPresent(login -> proxy.username(login.username()).password(login.password()));
        });
        ApacheHttpClient.Builder http = ApacheHttpClient.builder().proxyConfiguration(proxy.build());
        connections.trustManagers().ifPresent(trusted -> http.tlsTrustManagersProvider(() -> trusted));
        return http;
    }

    @Override
    public synchronized void close() {
        if (client != null) {
            client.close();
            client = null;
        }
    }
}

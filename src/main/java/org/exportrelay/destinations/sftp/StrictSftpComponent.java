package org.exportrelay.destinations.sftp;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Map;
import org.apache.camel.Expression;
import org.apache.camel.LoggingLevel;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.remote.SftpComponent;
import org.apache.camel.component.file.remote.SftpComponentConfigurer;
import org.apache.camel.component.file.remote.SftpConfiguration;
import org.apache.camel.component.file.remote.SftpEndpointConfigurer;
import org.apache.camel.component.file.remote.SftpRemoteFile;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.camel.util.StringHelper;

/**
 * Replaces Camel's {@code sftp:} component, with its options but other defaults: it connects only to servers whose host
 * key is pinned in {@code sftp.known-hosts}, abandons a connection that is silent, and leaves a failed one to the
 * ledger's retries. What a route sets explicitly wins. Two options are its own: {@code requireSize} (default true),
 * whether an upload fails where the server does not report file sizes, and {@code dropBox} (default false), for a server
 * that takes files when they are closed.
 */
@Singleton
@Named("sftp")
public class StrictSftpComponent extends SftpComponent {

    private static final String KNOWN_HOSTS = "{{sftp.known-hosts:known_hosts}}";
    private static final String STRICT = "yes";
    private static final int KEEP_ALIVE_MILLIS = 15_000;
    private static final int MISSED_KEEP_ALIVES = 3;

    /** Camel finds a component's configurers by an annotation that only its own class has. */
    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new SftpComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new SftpEndpointConfigurer();
    }

    @Override
    protected GenericFileEndpoint<SftpRemoteFile> buildFileEndpoint(
            String uri, String remaining, Map<String, Object> parameters) throws Exception {
        URI server = new URI(StringHelper.before(uri, "?", uri));
        if (server.getHost() == null) {
            throw new IllegalArgumentException("sftp://" + server.getAuthority()
                    + ": not a host name; write letters, digits, '.' and '-', and perhaps :PORT");
        }
        KeyExchanges.limit();
        SftpConfiguration configuration = new SftpConfiguration(server);
        configuration.setHost(new ServerAddress(server.getHost(), configuration.getPort()).host());
        configuration.setStrictHostKeyChecking(STRICT);
        configuration.setUseUserKnownHostsFile(false);
        configuration.setServerAliveInterval(KEEP_ALIVE_MILLIS);
        configuration.setServerAliveCountMax(MISSED_KEEP_ALIVES);
        // Without Kerberos, which needs more than a relay has.
        configuration.setPreferredAuthentications("publickey,password,keyboard-interactive");
        // Whole paths: fewer requests, and no working directory that a failure leaves changed.
        configuration.setStepwise(false);
        // The delivery that fails logs the failure.
        configuration.setJschLoggingLevel(LoggingLevel.ERROR);
        StrictSftpEndpoint endpoint = new StrictSftpEndpoint(
                uri, this, configuration, getCamelContext().resolvePropertyPlaceholders(KNOWN_HOSTS));
        endpoint.setMaximumReconnectAttempts(1);
        endpoint.setSizeRequired(getAndRemoveParameter(parameters, "requireSize", Boolean.class, true));
        endpoint.setDropBox(getAndRemoveParameter(parameters, "dropBox", Boolean.class, false));
        return endpoint;
    }

    @Override
    protected void afterPropertiesSet(GenericFileEndpoint<SftpRemoteFile> endpoint) {
        if (((StrictSftpEndpoint) endpoint).isDropBox()) {
            endpoint.setTempFileName((Expression) null);
        }
        // Pinned keys are for endpoints that are strict and name none of their own.
        SftpConfiguration configuration = ((StrictSftpEndpoint) endpoint).getConfiguration();
        boolean hasOwn = configuration.getKnownHostsFile() != null
                || configuration.getKnownHostsUri() != null
                || configuration.getKnownHosts() != null
                || configuration.isUseUserKnownHostsFile();
        // Camel would write a key that an endpoint accepts unseen into the file, where others would trust it.
        if (!hasOwn && STRICT.equals(configuration.getStrictHostKeyChecking())) {
            configuration.setKnownHostsFile(((StrictSftpEndpoint) endpoint).trustFile());
        }
    }
}

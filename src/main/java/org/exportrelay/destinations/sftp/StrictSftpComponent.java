package org.exportrelay.destinations.sftp;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Map;
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
 * Takes the place of Camel's {@code sftp:} component, with its options but other defaults: only a
 * server whose host key is pinned in {@code sftp.known-hosts} is talked to, a silent one is given up,
 * and a failed connection is left to the ledger's retries. What a route asks for explicitly wins.
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
        SftpConfiguration configuration = new SftpConfiguration(server);
        configuration.setHost(new ServerAddress(server.getHost(), configuration.getPort()).host());
        configuration.setStrictHostKeyChecking(STRICT);
        configuration.setUseUserKnownHostsFile(false);
        configuration.setServerAliveInterval(KEEP_ALIVE_MILLIS);
        configuration.setServerAliveCountMax(MISSED_KEEP_ALIVES);
        // Without Kerberos, which asks for more than a relay has.
        configuration.setPreferredAuthentications("publickey,password,keyboard-interactive");
        // Whole paths: fewer requests, and no directory to be left standing in after a failure.
        configuration.setStepwise(false);
        // Failures are told by the delivery that they happen to.
        configuration.setJschLoggingLevel(LoggingLevel.ERROR);
        StrictSftpEndpoint endpoint = new StrictSftpEndpoint(
                uri, this, configuration, getCamelContext().resolvePropertyPlaceholders(KNOWN_HOSTS));
        endpoint.setMaximumReconnectAttempts(1);
        return endpoint;
    }

    /** Pinned keys are for endpoints that are strict and name none of their own. */
    @Override
    protected void afterPropertiesSet(GenericFileEndpoint<SftpRemoteFile> endpoint) {
        SftpConfiguration configuration = ((StrictSftpEndpoint) endpoint).getConfiguration();
        boolean hasOwn = configuration.getKnownHostsFile() != null
                || configuration.getKnownHostsUri() != null
                || configuration.getKnownHosts() != null
                || configuration.isUseUserKnownHostsFile();
        // Camel would write what an endpoint accepts unseen into the file, where others would trust it.
        if (!hasOwn && STRICT.equals(configuration.getStrictHostKeyChecking())) {
            configuration.setKnownHostsFile(((StrictSftpEndpoint) endpoint).trustFile());
        }
    }
}

package org.exportrelay.destinations.ftp;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Map;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.remote.FtpUtils;
import org.apache.camel.component.file.remote.FtpsComponent;
import org.apache.camel.component.file.remote.FtpsComponentConfigurer;
import org.apache.camel.component.file.remote.FtpsConfiguration;
import org.apache.camel.component.file.remote.FtpsEndpointConfigurer;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.commons.net.ftp.FTPFile;

/**
 * Replaces Camel's {@code ftps:} component, with its options and defaults; it differs only in that a delivery replaces no
 * file of another one.
 */
@Singleton
@Named("ftps")
public class ClaimedFtpsComponent extends FtpsComponent {

    /** Camel finds a component's configurers by an annotation that only its own class has. */
    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new FtpsComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new FtpsEndpointConfigurer();
    }

    @Override
    protected GenericFileEndpoint<FTPFile> buildFileEndpoint(
            String uri, String remaining, Map<String, Object> parameters) throws Exception {
        FtpsConfiguration configuration = new FtpsConfiguration(new URI(getBaseUri(uri)));
        FtpUtils.ensureRelativeFtpDirectory(this, configuration);
        ClaimedFtpsEndpoint endpoint = new ClaimedFtpsEndpoint(uri, this, configuration);
        extractAndSetFtpClientKeyStoreParameters(parameters, endpoint);
        extractAndSetFtpClientTrustStoreParameters(parameters, endpoint);
        extractAndSetFtpClientConfigParameters(parameters, endpoint);
        extractAndSetFtpClientParameters(parameters, endpoint);
        endpoint.setSslContextParameters(retrieveGlobalSslContextParameters());
        return endpoint;
    }
}

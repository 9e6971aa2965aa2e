package org.exportrelay.destinations.ftp;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Map;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.remote.FtpComponent;
import org.apache.camel.component.file.remote.FtpComponentConfigurer;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpointConfigurer;
import org.apache.camel.component.file.remote.FtpUtils;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.commons.net.ftp.FTPFile;

/**
 * Replaces Camel's {@code ftp:} component, with its options and defaults; it differs only in that a delivery replaces no
 * file of another one.
 */
@Singleton
@Named("ftp")
public class ClaimedFtpComponent extends FtpComponent {

    /** Camel finds a component's configurers by an annotation that only its own class has. */
    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new FtpComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new FtpEndpointConfigurer();
    }

    @Override
    protected GenericFileEndpoint<FTPFile> buildFileEndpoint(
            String uri, String remaining, Map<String, Object> parameters) throws Exception {
        FtpConfiguration configuration = new FtpConfiguration(new URI(getBaseUri(uri)));
        FtpUtils.ensureRelativeFtpDirectory(this, configuration);
        ClaimedFtpEndpoint endpoint = new ClaimedFtpEndpoint(uri, this, configuration);
        extractAndSetFtpClientConfigParameters(parameters, endpoint);
        extractAndSetFtpClientParameters(parameters, endpoint);
        return endpoint;
    }
}

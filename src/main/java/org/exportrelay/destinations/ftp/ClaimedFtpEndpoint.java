package org.exportrelay.destinations.ftp;

import org.apache.camel.FailedToCreateProducerException;
import org.apache.camel.component.file.GenericFileProducer;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.exportrelay.destinations.RemoteFileWriter;

/** An {@code ftp:} endpoint whose deliveries claim their names. */
final class ClaimedFtpEndpoint extends FtpEndpoint<FTPFile> {

    ClaimedFtpEndpoint(String uri, ClaimedFtpComponent component, FtpConfiguration configuration) {
        super(uri, component, configuration);
    }

    @Override
    protected GenericFileProducer<FTPFile> buildProducer() {
        // For what Camel's also sets in the endpoint.
        super.buildProducer();
        try {
            return new RemoteFileWriter<>(this, createRemoteFileOperations(), true);
        } catch (Exception e) {
            throw new FailedToCreateProducerException(this, e);
        }
    }
}

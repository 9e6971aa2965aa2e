package org.exportrelay.destinations;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.component.mail.MailConfiguration;
import org.apache.camel.component.mail.MailEndpoint;

/**
 * Web and mail servers: connects, with TLS where the endpoint has it. A request or a mail could not
 * be taken back, so none is sent.
 */
@Singleton
final class ServerProbe implements EndpointProbe {

    private static final int PATIENCE_MILLIS = 10_000;

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof HttpEndpoint || endpoint instanceof MailEndpoint;
    }

    @Override
    public String hint() {
        return "check host and port, that the server is up and that its certificate is valid";
    }

    @Override
    public String test(Endpoint endpoint) throws IOException {
        if (endpoint instanceof MailEndpoint mail) {
            MailConfiguration configuration = mail.getConfiguration();
            return connect(configuration.getHost(), configuration.getPort(), configuration.isSecureProtocol());
        }
        URI uri = ((HttpEndpoint) endpoint).getHttpUri();
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
        return connect(uri.getHost(), port, secure);
    }

    private static String connect(String host, int port, boolean secure) throws IOException {
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
            plain.setSoTimeout(PATIENCE_MILLIS);
            if (secure) {
                handshake(plain, host, port);
            }
            return "connected to " + host + ":" + port + (secure ? " with TLS" : "") + "; nothing was sent";
        }
    }

    private static void handshake(Socket plain, String host, int port) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (SSLSocket secured = (SSLSocket) factory.createSocket(plain, host, port, false)) {
            SSLParameters parameters = secured.getSSLParameters();
            // Without this any trusted certificate would do, whatever host it is for.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            secured.startHandshake();
        }
    }
}

package org.exportrelay.destinations.sftp;

import jakarta.inject.Singleton;
import java.util.UUID;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.remote.RemoteFileEndpoint;
import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.exportrelay.destinations.EndpointProbe;

/** Directories on SFTP and FTP servers: logs in, uploads a hidden file as a route does, and removes it. */
@Singleton
final class RemoteDirectoryProbe implements EndpointProbe {

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof RemoteFileEndpoint;
    }

    @Override
    public String hint() {
        return "check host, port, directory, user and key or password, and that the host key is pinned (trust sftp://HOST:PORT)";
    }

    @Override
    public String test(Endpoint endpoint) throws Exception {
        RemoteFileEndpoint<?> remote = (RemoteFileEndpoint<?>) endpoint;
        if (remote instanceof StrictSftpEndpoint sftp && sftp.isDropBox()) {
            logIn(remote);
            return "logged in; nothing was written, since a drop box passes on what it receives";
        }
        // Companion files would stay behind, and reconnecting is for deliveries.
        remote.setDoneFileName(null);
        remote.setChecksumFileAlgorithm(null);
        remote.setMaximumReconnectAttempts(0);
        Exchange exchange = endpoint.createExchange();
        exchange.getMessage().setHeader(Exchange.FILE_NAME, ".export-relay-check-" + UUID.randomUUID());
        exchange.getMessage().setBody("export-relay check");
        EndpointProbe.send(exchange, endpoint);
        remove(remote, exchange.getMessage().getHeader(Exchange.FILE_NAME_PRODUCED, String.class));
        return "logged in, wrote and removed a file";
    }

    private static void logIn(RemoteFileEndpoint<?> remote) throws Exception {
        RemoteFileOperations<?> operations = remote.createRemoteFileOperations();
        operations.connect(remote.getConfiguration(), null);
        operations.disconnect();
    }

    private static void remove(RemoteFileEndpoint<?> remote, String file) throws Exception {
        RemoteFileOperations<?> operations = remote.createRemoteFileOperations();
        operations.connect(remote.getConfiguration(), null);
        try {
            operations.deleteFile(file);
        } finally {
            operations.disconnect();
        }
    }
}

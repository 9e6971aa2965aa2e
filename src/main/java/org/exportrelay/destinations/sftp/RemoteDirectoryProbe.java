package org.exportrelay.destinations.sftp;

import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.component.file.remote.RemoteFileEndpoint;
import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.apache.camel.util.FileUtil;
import org.exportrelay.destinations.EndpointProbe;
import org.exportrelay.destinations.TestFile;

/** Directories on SFTP and FTP servers: logs in, uploads a hidden file as a route does, and removes it. */
@Singleton
final class RemoteDirectoryProbe implements EndpointProbe {

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof RemoteFileEndpoint;
    }

    @Override
    public String hint() {
        return "check host, port, directory, user and key or password, and the server's disk and quota";
    }

    @Override
    public String test(Endpoint endpoint) throws Exception {
        RemoteFileEndpoint<?> remote = (RemoteFileEndpoint<?>) endpoint;
        if (remote instanceof StrictSftpEndpoint sftp && sftp.isDropBox()) {
            logIn(remote);
            return "logged in; nothing was written, since a drop box passes on what it receives";
        }
        String name = TestFile.PREFIX + UUID.randomUUID();
        String temporaryName = name + ".part";
        prepare(remote, temporaryName);
        ByteArrayInputStream content = new ByteArrayInputStream(TestFile.content());
        int size = content.available();
        Exchange exchange = endpoint.createExchange();
        exchange.getMessage().setHeader(Exchange.FILE_NAME, name);
        exchange.getMessage().setBody(content);
        try {
            EndpointProbe.send(exchange, endpoint);
        } catch (Exception e) {
            // A login that was refused is not repeated, since the server may lock the user out.
            if (content.available() < size) {
                removeAfterFailure(remote, List.of(temporaryName, name), e);
            }
            throw e;
        }
        remove(remote, name);
        return "logged in, wrote and removed a file";
    }

    /** The route's own name could be that of a real file; companion files would stay behind. */
    private static void prepare(RemoteFileEndpoint<?> remote, String temporaryName) {
        remote.setFileName((Expression) null);
        if (remote.getTempFileName() != null) {
            remote.setTempFileName(temporaryName);
        }
        remote.setDoneFileName(null);
        remote.setChecksumFileAlgorithm(null);
        // Reconnecting is for deliveries.
        remote.setMaximumReconnectAttempts(0);
    }

    private static void logIn(RemoteFileEndpoint<?> remote) throws Exception {
        RemoteFileOperations<?> operations = remote.createRemoteFileOperations();
        operations.connect(remote.getConfiguration(), null);
        operations.disconnect();
    }

    private static void removeAfterFailure(RemoteFileEndpoint<?> remote, List<String> names, Exception failure) {
        for (String name : names) {
            try {
                remove(remote, name);
            } catch (Exception e) {
                // Usually there is no such file.
                failure.addSuppressed(e);
            }
        }
    }

    private static void remove(RemoteFileEndpoint<?> remote, String name) throws Exception {
        RemoteFileOperations<?> operations = remote.createRemoteFileOperations();
        operations.connect(remote.getConfiguration(), null);
        try {
            operations.deleteFile(path(remote, name));
        } finally {
            operations.disconnect();
        }
    }

    private static String path(RemoteFileEndpoint<?> remote, String name) {
        String directory = remote.getConfiguration().getDirectory();
        return directory == null || directory.isEmpty()
                ? name
                : FileUtil.stripTrailingSeparator(directory) + "/" + name;
    }
}

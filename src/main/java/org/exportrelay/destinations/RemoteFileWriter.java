package org.exportrelay.destinations;

import java.util.Locale;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.remote.RemoteFileConfiguration;
import org.apache.camel.component.file.remote.RemoteFileConfiguration.PathSeparator;
import org.apache.camel.component.file.remote.RemoteFileEndpoint;
import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.apache.camel.component.file.remote.RemoteFileProducer;

/**
 * Camel's producer for SFTP and FTP servers, and in addition, for a delivery: its name is claimed before anything is
 * written. One connection, used by one thread at a time.
 *
 * @param <T> the file of the protocol's client
 */
public final class RemoteFileWriter<T> extends RemoteFileProducer<T> {

    private final boolean seesFiles;

    /**
     * @param seesFiles whether the server can tell that a file is gone; one that hides files cannot
     */
    public RemoteFileWriter(RemoteFileEndpoint<T> endpoint, RemoteFileOperations<T> operations, boolean seesFiles) {
        super(endpoint, operations);
        this.seesFiles = seesFiles;
    }

    @Override
    protected void processExchange(Exchange exchange, String target) throws Exception {
        String location = location(target);
        FileClaim claim = new FileClaim(exchange, getEndpoint().getFileExist());
        claim.claim(location, () -> isThere(exchange, target));
        super.processExchange(exchange, target);
        claim.written(location);
    }

    private boolean isThere(Exchange exchange, String target) throws Exception {
        if (!seesFiles) {
            return true;
        }
        preWriteCheck(exchange);
        return operations.existsFile(getEndpoint().getConfiguration().normalizePath(target));
    }

    private String location(String target) {
        RemoteFileConfiguration server = getEndpoint().getConfiguration();
        String path =
                FilePath.normalized(server.getSeparator() == PathSeparator.Auto ? target : target.replace('\\', '/'));
        return server(server) + (path.startsWith("/") ? path : "/~/" + path);
    }

    /**
     * How the locations of all files of a user on a server begin: with the user, who may have a root directory of its own.
     * The path of a file follows; {@code /~/} is the login directory.
     */
    public static String server(RemoteFileConfiguration server) {
        String host = server.getHost().toLowerCase(Locale.ROOT);
        return server.getProtocol() + "://"
                + (server.getUsername() == null ? "" : server.getUsername() + "@")
                + (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + server.getPort();
    }
}

package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Proxy;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.RemoteFileConfiguration;
import org.apache.camel.component.file.remote.SftpOperations;
import org.apache.camel.component.file.remote.SftpRemoteFile;
import org.apache.camel.util.IOHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.Attempt;
import org.exportrelay.destinations.StaleTempFiles;

/**
 * Camel's operations, and beyond them: a written file has the size of what was sent, or the upload
 * fails; temporary files do not stay behind; a rename replaces. One connection, used by one thread at
 * a time.
 */
final class CheckedSftpOperations extends SftpOperations {

    /** Of the same key or password: a second one may be asked for, more would lock the account. */
    private static final String MOST_LOGIN_FAILURES = "2";

    private StrictSftpEndpoint endpoint;
    private Session session;
    private SideChannel side;
    private StaleTempFiles staleFiles;

    CheckedSftpOperations(Proxy proxy) {
        super(proxy);
    }

    @Override
    public void setEndpoint(GenericFileEndpoint<SftpRemoteFile> endpoint) {
        super.setEndpoint(endpoint);
        this.endpoint = (StrictSftpEndpoint) endpoint;
    }

    @Override
    protected Session createSession(RemoteFileConfiguration configuration) throws JSchException {
        session = super.createSession(configuration);
        session.setConfig("MaxAuthTries", MOST_LOGIN_FAILURES);
        side = new SideChannel(session, configuration.getConnectTimeout());
        staleFiles = new StaleTempFiles(this::names);
        return session;
    }

    @Override
    public boolean connect(RemoteFileConfiguration configuration, Exchange exchange) {
        try {
            return super.connect(configuration, exchange);
        } catch (GenericFileOperationFailedException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw failure(
                    ConnectionFault.describe(endpoint.getConfiguration(), endpoint.trustFile(), session, cause), e);
        }
    }

    @Override
    public boolean storeFile(String name, Exchange exchange, long size) {
        String path = endpoint.getConfiguration().normalizePath(name);
        boolean temporary = endpoint.getTempFileName() != null;
        if (temporary) {
            Attempt.of(exchange).map(attempt -> staleFiles.of(path, attempt)).ifPresent(this::removeStale);
        }
        try {
            return isWhole(exchange) ? storeChecked(path, exchange, size) : super.storeFile(name, exchange, size);
        } catch (GenericFileOperationFailedException e) {
            boolean refused = isConnected();
            if (temporary) {
                removeAfterFailure(path);
            }
            throw e.getCause() instanceof SftpException answer ? failure(unstored(path, refused, answer), e) : e;
        }
    }

    private String unstored(String path, boolean refused, SftpException answer) {
        return endpoint.remoteServerInformation()
                + (refused
                        ? ": the server refused " + path + " (" + answer.getMessage()
                                + "); see to its rights, disk and quota"
                        : ": the connection broke off in mid-file; see whether the server or a firewall ends it");
    }

    /** Whether what is sent is what the file then has: neither appended nor encoded on the way. */
    private boolean isWhole(Exchange exchange) {
        return endpoint.getFileExist() != GenericFileExist.Append
                && endpoint.getFileExist() != GenericFileExist.Ignore
                && endpoint.getCharset() == null
                && exchange.getIn().getBody() != null;
    }

    private boolean storeChecked(String path, Exchange exchange, long size) {
        Object body = exchange.getIn().getBody();
        CountedStream sent;
        try {
            sent = new CountedStream(exchange.getIn().getMandatoryBody(InputStream.class));
        } catch (InvalidPayloadException e) {
            throw new GenericFileOperationFailedException("Cannot store file: " + path, e);
        }
        exchange.getIn().setBody(sent);
        try {
            super.storeFile(path, exchange, size);
        } finally {
            exchange.getIn().setBody(body);
            IOHelper.close(sent);
        }
        long stored = side.size(path).orElseGet(() -> listFiles(path)[0].getFileLength());
        if (stored != sent.bytes()) {
            throw failure(
                    String.format(
                            Locale.ROOT,
                            "%s: %,d of %,d bytes arrived; see whether the server's disk or quota is full",
                            endpoint.remoteServerInformation(),
                            stored,
                            sent.bytes()),
                    null);
        }
        return true;
    }

    private Optional<Stream<String>> names(String directory) {
        try {
            return Optional.of(Stream.of(listFiles(directory)).map(SftpRemoteFile::getFilename));
        } catch (GenericFileOperationFailedException e) {
            // Not there yet, not for reading, or changing meanwhile.
            return Optional.empty();
        }
    }

    private void removeStale(List<String> paths) {
        paths.forEach(this::removeStale);
    }

    private void removeStale(String path) {
        try {
            deleteFile(path);
        } catch (GenericFileOperationFailedException e) {
            // It was not there, another instance was faster, or the next attempt removes it.
        }
    }

    /** Not through the channel that failed, where answers to what it was sent may still be under way. */
    private void removeAfterFailure(String path) {
        try {
            if (isConnected() && !side.remove(path)) {
                disconnect();
                deleteFile(path);
            }
        } catch (GenericFileOperationFailedException e) {
            // It was not there, or the next attempt removes it.
        }
    }

    /**
     * Replaces in one step where the server has {@code posix-rename@openssh.com}, which JSch then uses;
     * elsewhere a file that is in the way is deleted first, and for a moment there is none.
     */
    @Override
    public boolean renameFile(String from, String to) {
        try {
            return super.renameFile(from, to);
        } catch (GenericFileOperationFailedException e) {
            if (isInTheWay(to)) {
                deleteFile(to);
                return super.renameFile(from, to);
            }
            removeAfterFailure(from);
            throw e;
        }
    }

    private boolean isInTheWay(String target) {
        return isConnected()
                && endpoint.getFileExist() == GenericFileExist.TryRename
                && !side.renameReplaces()
                && existsFile(target);
    }

    private static GenericFileOperationFailedException failure(String reason, Throwable cause) {
        return new GenericFileOperationFailedException(
                reason, new DeliveryException(FailureAction.RETRY, reason, cause));
    }
}

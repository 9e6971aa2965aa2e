package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Proxy;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.RemoteFileConfiguration;
import org.apache.camel.component.file.remote.SftpOperations;
import org.apache.camel.component.file.remote.SftpRemoteFile;
import org.apache.camel.util.FileUtil;
import org.apache.camel.util.IOHelper;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.Attempt;
import org.exportrelay.destinations.sftp.StoredFile.Presence;

/**
 * Camel's operations, and in addition: a written file has the size of what was sent, or the upload fails; temporary files
 * do not stay behind; a rename replaces; no upload lists a directory. One connection, used by one thread at a time.
 */
final class CheckedSftpOperations extends SftpOperations {

    /** Of the same key or password: a second one may be asked for, more would lock the account. */
    private static final String MOST_LOGIN_FAILURES = "2";

    private static final String POSIX_RENAME = "posix-rename@openssh.com";

    private StrictSftpEndpoint endpoint;
    private UploadCheck check;
    private Session session;

    CheckedSftpOperations(Proxy proxy) {
        super(proxy);
    }

    @Override
    public void setEndpoint(GenericFileEndpoint<SftpRemoteFile> endpoint) {
        super.setEndpoint(endpoint);
        this.endpoint = (StrictSftpEndpoint) endpoint;
        this.check = new UploadCheck(this.endpoint);
    }

    StrictSftpEndpoint endpoint() {
        return endpoint;
    }

    @Override
    protected Session createSession(RemoteFileConfiguration configuration) throws JSchException {
        session = super.createSession(configuration);
        session.setConfig("MaxAuthTries", MOST_LOGIN_FAILURES);
        return session;
    }

    @Override
    public boolean connect(RemoteFileConfiguration configuration, Exchange exchange) {
        try {
            return super.connect(configuration, exchange);
        } catch (GenericFileOperationFailedException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw UploadFailure.of(
                    FailureAction.OUTAGE,
                    ConnectionFault.describe(endpoint.getConfiguration(), endpoint.trustFile(), session, cause),
                    e);
        }
    }

    @Override
    public boolean storeFile(String name, Exchange exchange, long size) {
        String path = endpoint.getConfiguration().normalizePath(name);
        boolean isTemporary = endpoint.getTempFileName() != null;
        if (isTemporary) {
            Attempt.of(exchange)
                    .ifPresent(attempt ->
                            endpoint.staleFiles().of(path, attempt, this::names).forEach(this::remove));
        }
        try {
            return isWhole(exchange) ? storeChecked(path, exchange, size) : super.storeFile(name, exchange, size);
        } catch (GenericFileOperationFailedException e) {
            throw afterFailure(path, isTemporary, e);
        }
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
        check.verify(path, sent.bytes(), stat(path));
        return true;
    }

    /** Without a listing, by which Camel checks at each upload that the directory is there. */
    @Override
    public boolean buildDirectory(String directory, boolean absolute) {
        return stat(endpoint.getConfiguration().normalizePath(directory)).presence() == Presence.PRESENT
                || super.buildDirectory(directory, absolute);
    }

    /** Without a listing, which in a large directory takes longer than the upload. */
    @Override
    public boolean existsFile(String name) {
        StoredFile file = stat(name);
        return file.presence() == Presence.UNKNOWN ? super.existsFile(name) : !file.isMissing();
    }

    private StoredFile stat(String path) {
        try {
            return StoredFile.stat(OperationsChannel.of(this), path);
        } catch (SftpException e) {
            throw new GenericFileOperationFailedException("Cannot see the size of " + path, e);
        }
    }

    private Optional<Stream<String>> names(String directory) {
        try {
            return Optional.of(Stream.of(listFiles(directory)).map(SftpRemoteFile::getFilename));
        } catch (GenericFileOperationFailedException e) {
            // Not there yet, not readable, or changed meanwhile.
            return Optional.empty();
        }
    }

    /** Whether the file is gone; otherwise the next attempt removes it. */
    private boolean remove(String path) {
        try {
            return deleteFile(path);
        } catch (GenericFileOperationFailedException e) {
            return e.getCause() instanceof SftpException answer && answer.id == ChannelSftp.SSH_FX_NO_SUCH_FILE;
        }
    }

    private GenericFileOperationFailedException afterFailure(
            String path, boolean isTemporary, GenericFileOperationFailedException failure) {
        if (!isConnected()) {
            endpoint.staleFiles().forget();
            return failure.getCause() instanceof SftpException
                    ? UploadFailure.brokenConnection(endpoint, failure)
                    : failure;
        }
        if (!(failure.getCause() instanceof SftpException answer)) {
            // The upload itself was complete.
            removeIf(isTemporary, () -> remove(path));
            return failure;
        }
        Optional<String> missing = Optional.empty();
        try (CleanChannel clean = CleanChannel.open(session, this)) {
            boolean mayLackDirectory =
                    answer.id == ChannelSftp.SSH_FX_NO_SUCH_FILE || answer.id == ChannelSftp.SSH_FX_FAILURE;
            if (mayLackDirectory && FileUtil.onlyPath(path) != null) {
                missing = clean.missingDirectory(FileUtil.onlyPath(path));
            }
            removeIf(isTemporary, () -> clean.remove(path));
        } catch (GenericFileOperationFailedException e) {
            endpoint.staleFiles().forget();
        }
        return UploadFailure.refused(endpoint, path, answer, missing, failure);
    }

    private void removeIf(boolean isTemporary, BooleanSupplier removal) {
        if (isTemporary && !removal.getAsBoolean()) {
            endpoint.staleFiles().forget();
        }
    }

    /**
     * Replaces in one step where the server has {@code posix-rename@openssh.com}, which JSch then uses; elsewhere a file of
     * that name is deleted first, and for a moment there is none.
     */
    @Override
    public boolean renameFile(String from, String to) {
        try {
            boolean renamed = rename(from, to);
            check.verifyRenamed(from, to, this::stat);
            return renamed;
        } catch (GenericFileOperationFailedException e) {
            if (!isConnected()) {
                endpoint.staleFiles().forget();
                throw UploadFailure.brokenConnection(endpoint, e);
            }
            removeIf(true, () -> remove(from));
            throw check.unrenamed(from, to, e);
        }
    }

    private boolean rename(String from, String to) {
        try {
            return super.renameFile(from, to);
        } catch (GenericFileOperationFailedException e) {
            if (!mayBeInTheWay(to)) {
                throw e;
            }
            remove(to);
            return super.renameFile(from, to);
        }
    }

    private boolean mayBeInTheWay(String target) {
        return isConnected()
                && endpoint.getFileExist() == GenericFileExist.TryRename
                && OperationsChannel.of(this).getExtension(POSIX_RENAME) == null
                && !stat(target).isMissing();
    }
}

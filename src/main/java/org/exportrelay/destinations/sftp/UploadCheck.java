package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.SftpException;
import java.util.Locale;
import java.util.function.Function;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.util.FileUtil;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.sftp.StoredFile.Presence;

/**
 * Whether a server has what it was sent. It has acknowledged every byte and the close of the file before; its size is
 * asked for since servers with a full disk or quota do that too. A server that cannot answer would fail each attempt
 * after a whole upload: such a delivery is parked at the first one. For one connection.
 */
final class UploadCheck {

    private final StrictSftpEndpoint endpoint;
    /** The temporary file that the server has acknowledged but does not show. */
    private String unseen;
    /** The temporary file whose size the server has reported, and what was sent. */
    private String seen;

    private long sent;

    UploadCheck(StrictSftpEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * @param sent in bytes
     * @throws GenericFileOperationFailedException if the file is not what was sent, or this cannot be known
     */
    void verify(String path, long sent, StoredFile stored) {
        unseen = null;
        seen = null;
        if (stored.size().isPresent()) {
            compare(stored.size().getAsLong(), sent);
            this.seen = path;
            this.sent = sent;
            return;
        }
        if (!stored.isMissing()) {
            if (endpoint.isSizeRequired()) {
                throw withoutSize(path, stored.answer());
            }
            return;
        }
        if (endpoint.getTempFileName() == null) {
            // The server has taken it: it has acknowledged all of it, under its final name.
            return;
        }
        if (endpoint.isSizeRequired()) {
            throw taken(path, null);
        }
        unseen = path;
    }

    private void compare(long stored, long sent) {
        if (stored != sent) {
            // What is missing did not fit, whatever the server has acknowledged.
            throw UploadFailure.of(
                    stored < sent ? FailureAction.OUTAGE : FailureAction.RETRY,
                    String.format(
                            Locale.ROOT,
                            stored < sent
                                    ? "%s: %,d of %,d bytes arrived; check whether the server's disk or quota is full"
                                    : "%s: the file has %,d bytes, and %,d were sent; check whether the server converts"
                                            + " files or another process writes to the temporary one",
                            endpoint.remoteServerInformation(),
                            stored,
                            sent),
                    null);
        }
    }

    /**
     * Whether a file has its final name: some servers acknowledge a rename and do nothing. A receiver may already have
     * taken the file; then neither name exists.
     *
     * @throws GenericFileOperationFailedException if it has not
     */
    void verifyRenamed(String from, String to, Function<String, StoredFile> stat) {
        if (!from.equals(seen)) {
            return;
        }
        seen = null;
        StoredFile stored = stat.apply(to);
        if (stored.size().isPresent() && stored.size().getAsLong() == sent) {
            return;
        }
        if (stat.apply(from).presence() == Presence.PRESENT) {
            throw UploadFailure.of(
                    FailureAction.RETRY,
                    endpoint.remoteServerInformation() + ": the server acknowledged that " + from + " is now "
                            + FileUtil.stripPath(to) + ", and did not rename it; check that the user may rename and"
                            + " replace files, or set sftp.drop-box=true (dropBox in the route) to upload under the"
                            + " final name",
                    null);
        }
        if (stored.size().isPresent()) {
            compare(stored.size().getAsLong(), sent);
        }
    }

    /** Why a file has not got its final name. */
    GenericFileOperationFailedException unrenamed(String from, String to, GenericFileOperationFailedException failure) {
        if (!(failure.getCause() instanceof SftpException answer)) {
            return failure;
        }
        if (answer.id == ChannelSftp.SSH_FX_NO_SUCH_FILE && from.equals(unseen)) {
            return taken(from, failure);
        }
        return UploadFailure.of(
                SftpFailures.actionAfterRename(answer),
                endpoint.remoteServerInformation() + ": the server refused to rename " + from + " to "
                        + FileUtil.stripPath(to) + " (" + answer.getMessage()
                        + "); check that the user may rename and replace files",
                failure);
    }

    private GenericFileOperationFailedException withoutSize(String path, String answer) {
        return UploadFailure.of(
                FailureAction.PARK,
                endpoint.remoteServerInformation() + ": the server does not report file sizes (" + path + ": " + answer
                        + "), so that the upload cannot be checked; set sftp.require-size=false (requireSize in the"
                        + " route) to accept what the server has acknowledged, then replay",
                null);
    }

    private GenericFileOperationFailedException taken(String path, Throwable cause) {
        return UploadFailure.of(
                FailureAction.PARK,
                endpoint.remoteServerInformation() + ": the server acknowledged all of " + path
                        + " and then shows no such"
                        + " file; set sftp.drop-box=true (dropBox in the route) if it takes files when they are closed, or"
                        + " sftp.require-size=false (requireSize) if it only hides them, then replay",
                cause);
    }
}

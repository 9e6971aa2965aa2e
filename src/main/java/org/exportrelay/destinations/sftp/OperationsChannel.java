package org.exportrelay.destinations.sftp;

import com.jcraft.jsch.ChannelSftp;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.camel.component.file.remote.SftpOperations;

/**
 * The channel that Camel's operations have open, which they keep private. Without it the size of a file would need a
 * listing of its directory, or a second channel, which some servers refuse.
 */
final class OperationsChannel {

    private static final VarHandle CHANNEL = channel();

    private OperationsChannel() {}

    /**
     * @param operations connected
     */
    static ChannelSftp of(SftpOperations operations) {
        return (ChannelSftp) CHANNEL.get(operations);
    }

    private static VarHandle channel() {
        try {
            return MethodHandles.privateLookupIn(SftpOperations.class, MethodHandles.lookup())
                    .findVarHandle(SftpOperations.class, "channel", ChannelSftp.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this version of Camel keeps its SFTP channel elsewhere", e);
        }
    }
}

package org.exportrelay.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports on 127.0.0.1 for servers that a test starts later, or never. They lie below those that systems give to sockets
 * without a port of their own, so that no test that runs at the same time takes them meanwhile.
 */
public final class FreePort {

    private static final int FIRST = 12_000;
    private static final int END = 32_000;

    private FreePort() {}

    /** A port that is free now, as is the next one. */
    public static int find() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (isFree(port) && isFree(port + 1)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}

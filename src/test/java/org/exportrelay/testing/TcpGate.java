package org.exportrelay.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands between a client and a server on 127.0.0.1 and breaks what passes in the middle: at an
 * instant that a test names by what the client sends.
 */
public final class TcpGate implements AutoCloseable {

    private static final int BUFFER = 16 * 1024;

    private volatile int target;
    private final ServerSocket entrance;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicReference<Trap> trap = new AtomicReference<>();
    private volatile boolean muted;
    private volatile boolean closed;
    private volatile CountDownLatch held = new CountDownLatch(0);

    /**
     * @param target the server's port
     */
    public TcpGate(int target) {
        this.target = target;
        try {
            entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    /** A port that is free now. */
    public static int freePort() {
        return FreePort.find();
    }

    public int port() {
        return entrance.getLocalPort();
    }

    /** New connections go to another server's port. */
    public void lead(int to) {
        target = to;
    }

    /** Ends every connection, and each new one immediately, until {@link #open}: as a server that is away. */
    public void shut() {
        closed = true;
        cut();
    }

    public void open() {
        closed = false;
    }

    /** How many connections {@link #shut} has ended immediately. */
    public long refused() {
        return refused.get();
    }

    /** Does something, once, before the server hears a text. */
    public void before(String text, Runnable action) {
        trap.set(new Trap(text, Long.MAX_VALUE, action));
    }

    /** Does something, once, when the client has sent so many more bytes. */
    public void after(long bytes, Runnable action) {
        trap.set(new Trap(null, sent.get() + bytes, action));
    }

    /** Whether what {@link #before} or {@link #after} asked for has happened. */
    public boolean isSprung() {
        return trap.get() == null;
    }

    /** The server still hears, but its answers are lost until {@link #cut}. */
    public void mute() {
        muted = true;
    }

    /** Nothing passes until {@link #cut}. */
    public void hold() {
        held = new CountDownLatch(1);
    }

    /** Ends every connection; new ones pass. */
    public void cut() {
        muted = false;
        held.countDown();
        sockets.forEach(TcpGate::close);
        sockets.clear();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                if (closed) {
                    refused.incrementAndGet();
                    close(client);
                    continue;
                }
                Socket server = open(client);
                threads.execute(() -> pass(client, server, true));
                threads.execute(() -> pass(server, client, false));
            } catch (IOException closedOrRefused) {
                // The next client may come through.
            }
        }
    }

    private Socket open(Socket client) throws IOException {
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(client);
            sockets.add(server);
            return server;
        } catch (IOException e) {
            close(client);
            throw e;
        }
    }

    private void pass(Socket from, Socket to, boolean fromClient) {
        byte[] buffer = new byte[BUFFER];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (fromClient) {
                    spring(buffer, n);
                }
                held.await();
                if (fromClient || !muted) {
                    out.write(buffer, 0, n);
                }
            }
        } catch (IOException cut) {
            // As a broken network looks.
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void spring(byte[] buffer, int length) {
        long total = sent.addAndGet(length);
        Trap set = trap.get();
        if (set != null && set.isMet(buffer, length, total) && trap.compareAndSet(set, null)) {
            set.action().run();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        cut();
        threads.shutdownNow();
    }

    private record Trap(String text, long total, Runnable action) {

        boolean isMet(byte[] buffer, int length, long sent) {
            if (text == null) {
                return sent >= total;
            }
            // Artemis' own protocol writes its texts in UTF-16.
            return new String(buffer, 0, length, StandardCharsets.ISO_8859_1)
                    .replace("\0", "")
                    .contains(text);
        }
    }
}

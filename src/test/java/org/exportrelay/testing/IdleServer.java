package org.exportrelay.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP server on 127.0.0.1 that answers one request a connection with the same JSON, promises to
 * keep the connection open, and then ends it in one of the ways that servers and firewalls do.
 */
public final class IdleServer implements AutoCloseable {

    /** How a connection ends. */
    public enum Ending {
        /** Closed after the answer. */
        CLOSED,
        /** Reset after the answer. */
        RESET,
        /** Closed when the next request comes, which is not answered. */
        CLOSED_AT_NEXT_REQUEST,
        /** Reset when the next request comes, which is not answered. */
        RESET_AT_NEXT_REQUEST
    }

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger connections = new AtomicInteger();
    private final byte[] answer;
    private final Ending ending;

    /**
     * Starts on a free port.
     *
     * @param json the body of each answer
     */
    public IdleServer(String json, Ending ending) {
        this("200 OK", "Connection: keep-alive", json, ending);
    }

    /**
     * Starts on a free port.
     *
     * @param status such as {@code 200 OK}
     * @param header of each answer, besides the type and the length
     */
    public IdleServer(String status, String header, String json, Ending ending) {
        this.answer = String.join(
                        "\r\n",
                        "HTTP/1.1 " + status,
                        "Content-Type: application/json",
                        "Content-Length: " + json.length(),
                        header,
                        "",
                        json)
                .getBytes(StandardCharsets.UTF_8);
        this.ending = ending;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.submit(this::accept);
    }

    /** Its base URL. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** Connections so far. */
    public int connections() {
        return connections.get();
    }

    private Void accept() throws IOException {
        while (true) {
            Socket socket = server.accept();
            connections.incrementAndGet();
            threads.submit(() -> serve(socket));
        }
    }

    private Void serve(Socket socket) throws IOException {
        try (socket) {
            BufferedReader requests =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            readRequest(requests);
            socket.getOutputStream().write(answer);
            if (ending == Ending.CLOSED_AT_NEXT_REQUEST || ending == Ending.RESET_AT_NEXT_REQUEST) {
                readRequest(requests);
            }
            if (ending == Ending.RESET || ending == Ending.RESET_AT_NEXT_REQUEST) {
                socket.setSoLinger(true, 0);
            }
        }
        return null;
    }

    private static void readRequest(BufferedReader requests) throws IOException {
        for (String line = requests.readLine(); line != null && !line.isEmpty(); line = requests.readLine()) {
            // Only its end counts.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}

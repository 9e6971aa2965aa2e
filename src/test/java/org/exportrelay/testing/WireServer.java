package org.exportrelay.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server on 127.0.0.1 that shows the request line as it is on the wire and accepts every one. The JDK's own server,
 * which {@link LocalServer} is, parses it as a {@link java.net.URI} and refuses what browsers send.
 */
public final class WireServer implements AutoCloseable {

    private final ServerSocket socket;
    private final List<String> targets = new CopyOnWriteArrayList<>();
    private final String body;

    /** Starts on a free port and answers each request with that text. */
    public WireServer(String body) {
        this.body = body;
        try {
            socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread thread = new Thread(this::serve, "wire-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                BufferedReader head = new BufferedReader(
                        new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
                targets.add(head.readLine().replaceFirst("^GET ", "").replaceFirst(" HTTP/1.1$", ""));
                while (!head.readLine().isEmpty()) {
                    // The headers are of no interest.
                }
                String answer = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n";
                connection.getOutputStream().write((answer + body).getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // The client sees it too, or the test is over.
            }
        }
    }

    /** {@code 127.0.0.1:port}. */
    public String authority() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** The targets of the requests so far, oldest first. */
    public List<String> targets() {
        return List.copyOf(targets);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

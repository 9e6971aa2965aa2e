package org.exportrelay.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * An HTTP proxy on 127.0.0.1: {@code CONNECT} for TLS, absolute URLs for plain HTTP. It alone knows
 * where its hosts are, so what does not come through it does not arrive.
 */
public final class ForwardProxy implements AutoCloseable {

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Integer> hosts = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile String authorization;
    private volatile int refusal;

    /** Starts on a free port. */
    public ForwardProxy() {
        this(null);
    }

    /** Starts on a free port, where it is spoken to over TLS. */
    public ForwardProxy(SSLContext tls) {
        try {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            server = tls == null
                    ? new ServerSocket(0, 50, loopback)
                    : tls.getServerSocketFactory().createServerSocket(0, 50, loopback);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.submit(this::accept);
    }

    /** Reaches a host, whatever port of it is asked for, at a port of this machine. */
    public ForwardProxy reaching(String host, int localPort) {
        hosts.put(host, localPort);
        return this;
    }

    /** From now on it asks for a login. */
    public ForwardProxy withLogin(String username, String password) {
        authorization = "Basic "
                + Base64.getEncoder().encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** From now on it refuses with a status; 0 ends that. */
    public ForwardProxy refusingWith(int status) {
        refusal = status;
        return this;
    }

    /** Its port on 127.0.0.1. */
    public int port() {
        return server.getLocalPort();
    }

    /** The request lines that it has carried out, oldest first. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    private Void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            threads.submit(() -> serve(client));
        }
    }

    private Void serve(Socket client) throws IOException {
        try (client) {
            while (true) {
                String head = head(client.getInputStream());
                if (head.isEmpty()) {
                    return null;
                }
                String[] line = head.lines().findFirst().orElseThrow().split(" ");
                int status = refusal(head, line);
                if (status != 0) {
                    answer(
                            client,
                            status + " Refused\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nDate: "
                                    + "Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0");
                    continue;
                }
                requests.add(line[0] + " " + line[1]);
                if (line[0].equals("CONNECT")) {
                    tunnel(client, target(line[1].replaceFirst(":\\d+$", "")));
                } else {
                    forward(client, head, URI.create(line[1]));
                }
                return null;
            }
        }
    }

    private int refusal(String head, String[] line) {
        if (refusal != 0) {
            return refusal;
        }
        if (authorization != null && !head.contains("Proxy-Authorization: " + authorization + "\r\n")) {
            return 407;
        }
        String host = line[0].equals("CONNECT")
                ? line[1].replaceFirst(":\\d+$", "")
                : URI.create(line[1]).getHost();
        return hosts.containsKey(host) ? 0 : 502;
    }

    private Socket target(String host) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), hosts.get(host));
    }

    private void tunnel(Socket client, Socket target) throws IOException {
        try (target) {
            answer(client, "200 Connection established");
            threads.submit(() -> pump(target, client));
            pump(client, target);
        }
    }

    /** One request for each connection. */
    private void forward(Socket client, String head, URI url) throws IOException {
        try (Socket target = target(url.getHost())) {
            String path = url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
            String sent = head.replaceFirst(" \\S+ ", " " + path.replace("$", "\\$") + " ")
                    .replaceAll("(?m)^(Proxy-\\S+|Connection): .*\r\n", "")
                    .replaceFirst("\r\n", "\r\nConnection: close\r\n");
            target.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            threads.submit(() -> pump(client, target));
            pump(target, client);
        }
    }

    private static Void pump(Socket from, Socket to) throws IOException {
        OutputStream out = to.getOutputStream();
        from.getInputStream().transferTo(out);
        to.shutdownOutput();
        return null;
    }

    private static void answer(Socket client, String head) throws IOException {
        client.getOutputStream().write(("HTTP/1.1 " + head + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A request's head up to its empty line; empty at the connection's end. */
    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            String text = head.toString(StandardCharsets.ISO_8859_1);
            if (text.endsWith("\r\n\r\n")) {
                return text;
            }
        }
        return "";
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}

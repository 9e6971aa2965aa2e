package org.exportrelay.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A mail or FTP server on 127.0.0.1 that replies to each command as a test has it, and keeps nothing. */
public final class ReplyServer implements AutoCloseable {

    private final ServerSocket entrance = listen();
    /** Accepts the connections for the content of files, and leaves them as they are. */
    private final ServerSocket data = listen();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, String> replies;

    private ReplyServer(Map<String, String> replies) {
        this.replies = new HashMap<>(replies);
        threads.execute(this::accept);
    }

    /** A server that accepts every mail. The reply to a whole text has the command {@code .}. */
    public static ReplyServer mail() {
        return new ReplyServer(Map.of(
                "GREETING", "220 ready",
                "EHLO", "250-here\r\n250 AUTH PLAIN",
                "AUTH", "235 welcome",
                "DATA", "354 go on",
                "QUIT", "221 bye",
                "*", "250 fine"));
    }

    /** A server that accepts every login and every file. */
    public static ReplyServer ftp() {
        ReplyServer server = new ReplyServer(Map.of(
                "GREETING", "220 ready",
                "USER", "331 password",
                "PASS", "230 welcome",
                "PWD", "257 \"/\" is the directory",
                "QUIT", "221 bye",
                "STOR", "150 go on\r\n226 stored",
                "*", "250 fine"));
        int port = server.data.getLocalPort();
        return server.reply("PASV", "227 passive (127,0,0,1," + port / 256 + "," + port % 256 + ")");
    }

    /** Replies so to a command from now on; with an empty reply, closes the connection instead. */
    public ReplyServer reply(String command, String reply) {
        replies.put(command, reply);
        return this;
    }

    public int port() {
        return entrance.getLocalPort();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                threads.execute(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
            String reply = send(client, "GREETING");
            for (String line = in.readLine(); line != null && !reply.isEmpty(); line = in.readLine()) {
                boolean isText = reply.startsWith("354") && !line.equals(".");
                reply = isText ? reply : send(client, line.split(" ")[0].toUpperCase(Locale.ROOT));
            }
        } catch (IOException clientIsGone) {
            // Nothing more comes from it.
        }
    }

    private String send(Socket client, String command) throws IOException {
        String reply = replies.getOrDefault(command, replies.get("*"));
        OutputStream out = client.getOutputStream();
        out.write((reply.isEmpty() ? "" : reply + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        return reply;
    }

    private static ServerSocket listen() {
        try {
            return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        data.close();
        threads.shutdownNow();
    }
}

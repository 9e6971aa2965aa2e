package org.exportrelay.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** As much of an SMTP server as a client needs to hand over its mail, on 127.0.0.1. */
public final class MailServer implements AutoCloseable {

    private final ServerSocket entrance;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> mails = new CopyOnWriteArrayList<>();

    private MailServer(ServerSocket entrance) {
        this.entrance = entrance;
    }

    public static MailServer start(int port) throws IOException {
        MailServer server = new MailServer(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()));
        server.threads.execute(server::accept);
        return server;
    }

    /** The mails accepted so far, headers and text. */
    public List<String> mails() {
        return List.copyOf(mails);
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
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter out = new PrintWriter(client.getOutputStream(), true, StandardCharsets.UTF_8)) {
            reply(out, "220 ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                switch (line.split(" ")[0].toUpperCase(Locale.ROOT)) {
                    case "EHLO" -> reply(out, "250-here", "250 AUTH PLAIN");
                    case "AUTH" -> reply(out, "235 welcome");
                    case "DATA" -> {
                        reply(out, "354 go on");
                        mails.add(mail(in));
                        reply(out, "250 accepted");
                    }
                    case "QUIT" -> {
                        reply(out, "221 bye");
                        return;
                    }
                    default -> reply(out, "250 fine");
                }
            }
        } catch (IOException clientIsGone) {
            // Nothing more comes from it.
        }
    }

    private static String mail(BufferedReader in) throws IOException {
        StringBuilder mail = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
            mail.append(line).append('\n');
        }
        return mail.toString();
    }

    private static void reply(PrintWriter out, String... lines) {
        for (String line : lines) {
            out.print(line + "\r\n");
        }
        out.flush();
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        threads.shutdownNow();
    }
}

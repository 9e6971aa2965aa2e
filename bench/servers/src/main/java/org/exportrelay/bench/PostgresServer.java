package org.exportrelay.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;

/** PostgreSQL on a free port of 127.0.0.1. Prints "ready" and the port; ends when standard input closes. */
final class PostgresServer {

    private PostgresServer() {}

    public static void main(String... args) throws IOException {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            System.out.println("ready " + postgres.getPort());
            while (System.in.read() >= 0) {
                // Waits for the end of standard input.
            }
        }
    }
}

package org.exportrelay.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;

/** A PostgreSQL server of a test. */
public final class Postgres {

    /** Several test processes start beside each other on few processors; the default of 10 s is too short then. */
    private static final Duration START = Duration.ofMinutes(1);

    private Postgres() {}

    public static EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.builder().setPGStartupWait(START).start();
    }
}

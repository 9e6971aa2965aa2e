package org.exportrelay.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Every setting of the relay. Operators set them in {@code application.properties}, or in the
 * environment in upper case with underscores ({@code RELAY_POLL_PERIOD}).
 *
 * <p>Durations are a whole number with one of the units {@code ms s m h d}. Sizes are a whole number
 * of bytes, or a whole number with {@code K M G T} (powers of 1024). {@link Settings} checks the ranges
 * given here and reports each violation in one line.
 */
@ConfigMapping(prefix = "relay")
public interface RelaySettings {

    /** The exports API. */
    Api api();

    /** How often the list of exports is read, and in pages of which size. */
    Poll poll();

    /** Directory for the ledger, the spool and the lock. Created if it does not exist. Only one process can use it. */
    @WithDefault("data")
    Path dataDir();

    /** The database that holds the state of every delivery. */
    Ledger ledger();

    /** How files are downloaded from the object store. */
    Download download();

    /** The directory where downloaded files wait for their destinations. */
    Spool spool();

    /** How deliveries are claimed and retried. A route can override the retry settings. */
    Delivery delivery();

    /** How long the ledger keeps events. */
    History history();

    /** How the log is written. */
    Log log();

    /** What should have been delivered by when, each under a name of your choice. */
    Map<String, Expectation> expect();

    /** Whether {@code run} loads changed route files. */
    Routes routes();

    /**
     * Longest time between SIGTERM and the end of the process; 1s to 1h. Deliveries in flight finish
     * within this time or are released.
     */
    @WithDefault("30s")
    @WithConverter(DurationConverter.class)
    Duration shutdownTimeout();

    /**
     * The proxy to the API, the store, webhooks, S3 and Azure: {@code http://[USER:PASSWORD@]HOST:PORT}; without
     * it, that of the JVM's properties or of {@code HTTPS_PROXY} and {@code HTTP_PROXY}.
     */
    Optional<String> httpProxy();

    /** Which servers are trusted. */
    Tls tls();

    /** The address on which {@code run} serves the console, the REST API, metrics and health checks. */
    Http http();

    /** The console and the REST API of {@code run}. */
    Console console();

    /** The simulated API of {@code run --sandbox} and {@code sandbox}. */
    Sandbox sandbox();

    /** The exports API. */
    interface Api {

        /** Base URL, without a slash at the end; https, or http for a loopback address. */
        @WithDefault("https://api.v2.dealmachine.com")
        URI url();

        /** API key or OAuth token; sent as a bearer token, to the API's host only. */
        Optional<String> key();

        /** A file that contains the key, such as a mounted secret. It can be replaced while the relay runs. */
        Optional<Path> keyFile();

        /** Share of the organisation's rate limits that the relay may use; above 0, at most 1. */
        @WithDefault("0.8")
        double budgetShare();

        /** Timeout for a connection and for a response; 1s to 10m. */
        @WithDefault("30s")
        @WithConverter(DurationConverter.class)
        Duration timeout();
    }

    /** How often the list of exports is read, and in pages of which size. */
    interface Poll {

        /** Time between two full scans of the list; 1m or more. The first poll is also a full scan. */
        @WithDefault("24h")
        @WithConverter(DurationConverter.class)
        Duration fullSweep();

        /** Time between two polls; 1s or more. */
        @WithDefault("60s")
        @WithConverter(DurationConverter.class)
        Duration period();

        /** Exports per list page; 1 to 100, the limit of the API. */
        @WithDefault("100")
        int pageSize();
    }

    /** The database that holds the state of every delivery. */
    interface Ledger {

        /** {@code jdbc:sqlite:FILE} or {@code jdbc:postgresql://HOST[:PORT]/DATABASE}. */
        @WithDefault("jdbc:sqlite:${relay.data-dir:data}/ledger.db")
        String url();

        /** PostgreSQL user. */
        Optional<String> username();

        /** PostgreSQL password. */
        Optional<String> password();
    }

    /** How files are downloaded from the object store. */
    interface Download {

        /**
         * The only hosts that files are downloaded from, also after a redirect: {@code host} (any port)
         * or {@code host:port}. Names must match exactly.
         */
        @WithDefault("storage.googleapis.com")
        @WithConverter(AllowedHostConverter.class)
        List<AllowedHost> allowedHosts();

        /** Exports that are downloaded at the same time; 1 to 64. */
        @WithDefault("4")
        int parallel();

        /** If a URL is valid for less time than this, a new one is requested before it is used or delivered. */
        @WithDefault("15m")
        @WithConverter(DurationConverter.class)
        Duration minValidity();

        /** Largest file, compressed, as stored; 1 byte or more. */
        @WithDefault("20G")
        @WithConverter(ByteSizeConverter.class)
        ByteSize maxSize();

        /** Largest file after decompression, a protection against gzip bombs; 1 byte or more. */
        @WithDefault("200G")
        @WithConverter(ByteSizeConverter.class)
        ByteSize maxExpandedSize();

        /**
         * Bytes per second that all downloads of this instance together receive at most; 1K or more. Unset: no limit.
         */
        @WithConverter(ByteSizeConverter.class)
        Optional<ByteSize> maxRate();

        /** A download that receives no data for this time is aborted and retried; 1s to 10m. */
        @WithDefault("30s")
        @WithConverter(DurationConverter.class)
        Duration stallTimeout();
    }

    /** The directory where downloaded files wait for their destinations. */
    interface Spool {

        /**
         * Total size of complete and partial files; 1 byte or more. Further downloads wait; an export that
         * is larger than this limit is parked.
         */
        @WithDefault("50G")
        @WithConverter(ByteSizeConverter.class)
        ByteSize maxSize();

        /**
         * How long the files of parked deliveries are kept, so that replay works after their URLs have expired; 0s or
         * more. Fewer are kept while the spool has no room.
         */
        @WithDefault("30d")
        @WithConverter(DurationConverter.class)
        Duration keepParked();
    }

    /** How deliveries are claimed and retried. */
    interface Delivery {

        /** How long a claim is valid without renewal; 5s or more. Then another instance can take over. */
        @WithDefault("2m")
        @WithConverter(DurationConverter.class)
        Duration lease();

        /** Attempts before a delivery is parked; 1 or more. */
        @WithDefault("10")
        int maxAttempts();

        /** Wait before the second attempt. It doubles before each further attempt. */
        @WithDefault("5s")
        @WithConverter(DurationConverter.class)
        Duration retryDelay();

        /** Longest wait between two attempts. */
        @WithDefault("15m")
        @WithConverter(DurationConverter.class)
        Duration maxRetryDelay();
    }

    /** How long the ledger keeps events. */
    interface History {

        /** How long {@code history} shows what happened; 1d or more. Deliveries and exports are kept longer. */
        @WithDefault("400d")
        @WithConverter(DurationConverter.class)
        Duration retention();
    }

    /** How the log is written. */
    interface Log {

        /** {@code text}; {@code json}, one object a line; or {@code ecs}, the same in the Elastic Common Schema. */
        @WithDefault("text")
        @WithConverter(LogFormatConverter.class)
        LogFormat format();
    }

    /** A number of exports that should have been delivered by a time of the day. */
    interface Expectation {

        /** Which exports, by their names: {@code *} is any run of characters, {@code ?} any one. */
        String exports();

        /** How many of them; 1 or more. */
        @WithDefault("1")
        int atLeast();

        /** Until when, as {@code HH:MM} in the time zone. */
        @WithConverter(LocalTimeConverter.class)
        LocalTime by();

        /** The time zone, by its name in the IANA database. */
        @WithDefault("UTC")
        @WithConverter(TimeZoneConverter.class)
        ZoneId zone();

        /** On which days of the week. */
        @WithDefault("MON-SUN")
        @WithConverter(WeekdaysConverter.class)
        Weekdays days();

        /** How long before that time a warning follows if they are not there yet; 0s (no warning) to 23h. */
        @WithDefault("1h")
        @WithConverter(DurationConverter.class)
        Duration warnBefore();
    }

    /** Whether {@code run} loads changed route files. */
    interface Routes {

        /**
         * {@code true}, {@code false} or {@code confirm}. With {@code false}, changes take effect after a restart. With
         * {@code confirm}, an edit that would create more than {@link #confirmAbove} deliveries of the past waits
         * for {@code plan --apply}.
         */
        @WithDefault("true")
        @WithConverter(RouteReloadModeConverter.class)
        RouteReloadMode reload();

        /** Deliveries of the past that an edit may create for a destination without a confirmation, 0 or more. */
        @WithDefault("1000")
        int confirmAbove();
    }

    /** Which servers are trusted. */
    interface Tls {

        /**
         * PKCS#12, JKS or PEM file of certificates that are trusted beside those that the JVM trusts,
         * by the API, the store, webhooks, S3 and Azure.
         */
        Optional<Path> truststore();

        /** Password of the truststore; a PEM file has none. */
        Optional<String> truststorePassword();
    }

    /** The address on which the console, the REST API, metrics and health checks are served. */
    interface Http {

        /** Address to listen on. Change it only if other hosts need access. */
        @WithDefault("127.0.0.1")
        String host();

        /** Port to listen on. 0 selects a free port. */
        @WithDefault("8080")
        int port();
    }

    /** Who may use the console and the REST API. */
    interface Console {

        /** {@code true} or {@code false}; with {@code false}, only metrics and health checks are served. */
        @WithDefault("true")
        @WithConverter(TrueOrFalseConverter.class)
        boolean enabled();

        /**
         * {@code none}: requests from this machine only, without login; {@code basic}: users with a password; {@code oidc}: the
         * users of an OpenID Connect provider, with the settings {@code quarkus.oidc.*}.
         */
        @WithDefault("none")
        @WithConverter(ConsoleAuthConverter.class)
        ConsoleAuth auth();

        /** With {@code basic}: a file with a line {@code name:role:bcrypt} for each user. */
        Optional<Path> usersFile();

        /** Names, beside IP addresses and {@code localhost}, by which clients reach the relay. */
        Optional<List<String>> hosts();
    }

    /** The simulated API. */
    interface Sandbox {

        /** Share of its responses that fail in realistic ways; 0 to 1. */
        @WithDefault("0")
        double faults();

        /** The error that its API returns instead of its normal response; unset: none. */
        @WithConverter(SandboxErrorConverter.class)
        Optional<SandboxError> error();

        /** Share of the requests that receive this error; 0 to 1. */
        @WithDefault("1")
        double errorShare();

        /** Determines its key and exports; unset: new ones at every start. */
        OptionalLong seed();

        /** Time between two new exports; 10ms or more. 0s: no new exports. */
        @WithDefault("4s")
        @WithConverter(DurationConverter.class)
        Duration arrivalPeriod();
    }
}

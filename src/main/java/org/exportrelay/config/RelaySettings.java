package org.exportrelay.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Every setting of the relay, as an operator writes it in {@code application.properties} or, upper
 * case and with underscores, in the environment ({@code RELAY_POLL_PERIOD}).
 *
 * <p>Durations are a whole number with one of the units {@code ms s m h d}; sizes are a whole number
 * of bytes or one with {@code K M G T} (powers of 1024). {@link Settings} checks the ranges that are
 * named here and turns every violation into one line.
 */
@ConfigMapping(prefix = "relay")
public interface RelaySettings {

    /** The exports API. */
    Api api();

    /** How often and in what portions the list of exports is read. */
    Poll poll();

    /**
     * Where the relay keeps what it must not lose: ledger, spool and lock. Created if missing. One
     * process owns it.
     */
    @WithDefault("data")
    Path dataDir();

    /** Where the state of every delivery is kept. */
    Ledger ledger();

    /** How files are fetched from the object store. */
    Download download();

    /** Where downloaded files wait for their destinations. */
    Spool spool();

    /** How deliveries are claimed and retried; a route can override the retries. */
    Delivery delivery();

    /** Whether edits of route files take effect while {@code run} runs. */
    Routes routes();

    /**
     * Longest time between SIGTERM and the end of the process; 1s to 1h. What is under way is finished
     * until then, or handed back.
     */
    @WithDefault("30s")
    @WithConverter(DurationConverter.class)
    Duration shutdownTimeout();

    /** Where metrics are served while {@code run} runs. */
    Http http();

    /** The simulated API of {@code run --sandbox} and {@code sandbox}. */
    Sandbox sandbox();

    /** The exports API. */
    interface Api {

        /** Base URL, without a slash at its end; https, or http towards a loopback address. */
        @WithDefault("https://api.v2.dealmachine.com")
        URI url();

        /** API key or OAuth token; sent as bearer token to the API's host and nowhere else. */
        Optional<String> key();

        /**
         * A file that holds the key instead, such as a mounted secret; it may be replaced while the
         * relay runs.
         */
        Optional<Path> keyFile();

        /** Share of the organisation's rate limits that the relay may spend; above 0, at most 1. */
        @WithDefault("0.8")
        double budgetShare();

        /** Longest wait for a connection and for an answer; 1s to 10m. */
        @WithDefault("30s")
        @WithConverter(DurationConverter.class)
        Duration timeout();
    }

    /** How often and in what portions the list of exports is read. */
    interface Poll {

        /** Time between two readings of the whole list, which every start does too; 1m or more. */
        @WithDefault("24h")
        @WithConverter(DurationConverter.class)
        Duration fullSweep();

        /** Time between two polls; 1s or more. */
        @WithDefault("60s")
        @WithConverter(DurationConverter.class)
        Duration period();

        /** Exports asked for per list page; 1 to 100, the API's own bound. */
        @WithDefault("100")
        int pageSize();
    }

    /** Where the state of every delivery is kept. */
    interface Ledger {

        /** {@code jdbc:sqlite:FILE} or {@code jdbc:postgresql://HOST[:PORT]/DATABASE}. */
        @WithDefault("jdbc:sqlite:${relay.data-dir:data}/ledger.db")
        String url();

        /** PostgreSQL user. */
        Optional<String> username();

        /** PostgreSQL password. */
        Optional<String> password();
    }

    /** How files are fetched from the object store. */
    interface Download {

        /**
         * The only hosts that files are fetched from, also after a redirect: {@code host} (any port)
         * or {@code host:port}, matched exactly.
         */
        @WithDefault("storage.googleapis.com")
        @WithConverter(AllowedHostConverter.class)
        List<AllowedHost> allowedHosts();

        /** Downloads at the same time; 1 to 64. */
        @WithDefault("4")
        int parallel();

        /** A URL with less time left than this is asked for again before it is used or handed on. */
        @WithDefault("15m")
        @WithConverter(DurationConverter.class)
        Duration minValidity();

        /** Largest file, compressed, as it is stored; 1 byte or more. */
        @WithDefault("20G")
        @WithConverter(ByteSizeConverter.class)
        ByteSize maxSize();

        /** Largest file once expanded, against gzip bombs; 1 byte or more. */
        @WithDefault("200G")
        @WithConverter(ByteSizeConverter.class)
        ByteSize maxExpandedSize();

        /** A download that brings no byte for this long is given up and tried again; 1s to 10m. */
        @WithDefault("30s")
        @WithConverter(DurationConverter.class)
        Duration stallTimeout();
    }

    /** Where downloaded files wait for their destinations. */
    interface Spool {

        /**
         * Bytes that complete and partial files may take together; 1 byte or more. Downloads that do
         * not fit wait; an export that never would is parked.
         */
        @WithDefault("50G")
        @WithConverter(ByteSizeConverter.class)
        ByteSize maxSize();
    }

    /** How deliveries are claimed and retried. */
    interface Delivery {

        /** How long a claim holds without renewal before another instance takes it; 5s or more. */
        @WithDefault("2m")
        @WithConverter(DurationConverter.class)
        Duration lease();

        /** Attempts before a delivery is parked; 1 or more. */
        @WithDefault("10")
        int maxAttempts();

        /** Wait before the second attempt; doubled before each further one. */
        @WithDefault("5s")
        @WithConverter(DurationConverter.class)
        Duration retryDelay();

        /** Longest wait between two attempts. */
        @WithDefault("15m")
        @WithConverter(DurationConverter.class)
        Duration maxRetryDelay();
    }

    /** Whether edits of route files take effect while {@code run} runs. */
    interface Routes {

        /** {@code true} or {@code false}: then only a restart takes them in. */
        @WithDefault("true")
        @WithConverter(TrueOrFalseConverter.class)
        boolean reload();
    }

    /** Where metrics are served. */
    interface Http {

        /** Address to listen on; the loopback address unless others should reach it. */
        @WithDefault("127.0.0.1")
        String host();

        /** Port to listen on; 0 takes a free one. */
        @WithDefault("8080")
        int port();
    }

    /** The simulated API. */
    interface Sandbox {

        /** Share of its answers that fail in the ways real ones do; 0 to 1. */
        @WithDefault("0")
        double faults();

        /** The error that its API answers instead of what was requested; unset: none. */
        @WithConverter(SandboxErrorConverter.class)
        Optional<SandboxError> error();

        /** Share of its API's answers that are that error; 0 to 1. */
        @WithDefault("1")
        double errorShare();

        /** Determines its key and exports; unset: a new one at every start. */
        OptionalLong seed();

        /** Time between two new exports; 10ms or more, or 0s: none arrive. */
        @WithDefault("4s")
        @WithConverter(DurationConverter.class)
        Duration arrivalPeriod();
    }
}

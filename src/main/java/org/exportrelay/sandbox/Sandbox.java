package org.exportrelay.sandbox;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;

/**
 * The simulated exports API and its object store, running on 127.0.0.1 until closed. It logs
 * nothing but its own defects and keeps nothing on disk; its threads are daemons. Thread-safe.
 */
public final class Sandbox implements AutoCloseable {

    private static final long REMEMBERED_BYTES = 64L << 20;

    private final Vertx vertx;
    private final WebServer apiServer;
    private final WebServer storeServer;
    private final InstantSource clock;
    private final Credentials credentials;
    private final ExportCatalog catalog;
    private final FileContents contents;
    private final Faults faults;
    private final ApiHandler api;
    private final StoreHandler store;

    private Sandbox(SandboxOptions options, InstantSource clock, Vertx vertx) {
        Seed seed = new Seed(options.seed());
        UrlSigner signer = new UrlSigner(seed);
        this.vertx = vertx;
        this.clock = clock;
        credentials = Credentials.from(seed);
        catalog = new ExportCatalog(options, clock);
        contents = new FileContents(seed, REMEMBERED_BYTES);
        faults = new Faults(options.faults(), seed);
        store = new StoreHandler(signer, catalog, contents, faults, clock);
        storeServer = open(options.storePort(), store, "for its store, which takes the port after the API's");
        ExportJson exportJson = new ExportJson(contents, new StoreUrls(storeUrl(), signer));
        api = new ApiHandler(
                credentials,
                new RateLimit(options, clock),
                new ApiResources(catalog, exportJson, clock),
                faults,
                new ConfiguredError(options),
                clock);
        apiServer = open(options.port(), api, "for its API");
    }

    /**
     * Starts both servers.
     *
     * @throws UncheckedIOException if a port cannot be opened, for instance because it is in use
     */
    public static Sandbox start(SandboxOptions options) {
        return start(options, InstantSource.system());
    }

    /**
     * Starts both servers with the caller's clock, by which exports arrive, proceed and expire, URLs
     * expire and rate limits are counted.
     *
     * @throws UncheckedIOException if a port cannot be opened, for instance because it is in use
     */
    public static Sandbox start(SandboxOptions options, InstantSource clock) {
        Vertx vertx = WebServer.threads();
        try {
            return new Sandbox(options, clock, vertx);
        } catch (RuntimeException e) {
            close(vertx);
            throw e;
        }
    }

    /** The API's URL, without a path: {@code http://127.0.0.1:PORT}. */
    public URI apiUrl() {
        return apiServer.url();
    }

    /** The store's URL, without a path; its port, and so its origin, is not the API's. */
    public URI storeUrl() {
        return storeServer.url();
    }

    /** The API key that it accepts: {@code dm_sk_live_} and 32 letters and digits. */
    public String key() {
        return credentials.key();
    }

    /** The OAuth token that it accepts as well: {@code dm_at_live_} and 32 letters and digits. */
    public String oauthToken() {
        return credentials.oauthToken();
    }

    /** List requests received so far, however they were answered. */
    public long listRequests() {
        return api.lists();
    }

    /** Requests for one export by its id received so far, however they were answered. */
    public long getRequests() {
        return api.gets();
    }

    /** Answers so far that carried bytes of a file, including those cut short, stalled or corrupt. */
    public long downloads() {
        return store.downloads();
    }

    /** Answers of the API and the store so far that have failed as {@link SandboxOptions#faults} asks for. */
    public long faults() {
        return faults.made();
    }

    /** Every export so far, oldest first, also those that were removed. */
    public List<SandboxExport> exports() {
        return catalog.all();
    }

    /**
     * Adds an export that is completed now.
     *
     * @param name any, also null; one that begins with {@code people} holds people
     */
    public SandboxExport addFinished(String name, SandboxFile... files) {
        return addFinished(name, clock.instant(), files);
    }

    /**
     * Adds an export that was created then and is completed by now; if it was created longer ago than
     * URLs live, it has expired.
     *
     * @throws IllegalArgumentException if it would be created in the future
     */
    public SandboxExport addFinished(String name, Instant createdAt, SandboxFile... files) {
        return catalog.addFinished(name, createdAt, List.of(files));
    }

    /**
     * Adds an export that was created then and has failed by now.
     *
     * @param name any, also null
     * @throws IllegalArgumentException if it would be created in the future
     */
    public SandboxExport addFailed(String name, Instant createdAt) {
        return catalog.addFailed(name, createdAt);
    }

    /**
     * Adds an export of the caller's, in place of one that has its id.
     *
     * @throws IllegalArgumentException if it would be created in the future
     */
    public SandboxExport add(SandboxExport export) {
        contents.forget(export.id());
        return catalog.put(export);
    }

    /**
     * From now on the API does not show an export, neither in the list nor by its id, as may happen when it has expired.
     * {@link #exports()} still has it.
     *
     * @throws NoSuchElementException if there is no such export
     */
    public void remove(String exportId) {
        catalog.remove(existing(exportId).id());
    }

    /**
     * The correct bytes of a file, whatever faults its downloads have.
     *
     * @param index from 0, in the order of the export's files
     * @throws NoSuchElementException if there is no such export
     * @throws IndexOutOfBoundsException if it has no such file
     */
    public byte[] content(String exportId, int index) {
        return contents.bytes(existing(exportId), index).clone();
    }

    /**
     * Whether its first file is corrupt in every download.
     *
     * @throws NoSuchElementException if there is no such export
     */
    public boolean incurable(String exportId) {
        return faults.incurable(existing(exportId));
    }

    /**
     * From now on every download of an export's first file is corrupt.
     *
     * @throws NoSuchElementException if there is no such export
     */
    public void damage(String exportId) {
        faults.damage(existing(exportId).id());
    }

    /** Stops both servers immediately; answers in flight are cut. */
    @Override
    public void close() {
        close(vertx);
    }

    private static void close(Vertx vertx) {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private SandboxExport existing(String exportId) {
        return catalog.byId(exportId)
                .orElseThrow(() -> new NoSuchElementException("the sandbox has no export " + exportId));
    }

    private WebServer open(int port, Site site, String purpose) {
        try {
            return WebServer.start(vertx, port, clock, site);
        } catch (CompletionException e) {
            throw new UncheckedIOException(
                    "the sandbox cannot open port " + port + " of " + WebServer.HOST + " " + purpose + ": "
                            + e.getCause().getMessage() + "; choose another, or 0 for any free one",
                    new IOException(e.getCause()));
        }
    }
}

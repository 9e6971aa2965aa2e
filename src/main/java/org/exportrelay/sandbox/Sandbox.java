package org.exportrelay.sandbox;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The simulated exports API and its object store, running on 127.0.0.1 until closed. It prints
 * nothing and keeps nothing on disk; its threads are daemons. Thread-safe.
 */
public final class Sandbox implements AutoCloseable {

    private static final long REMEMBERED_BYTES = 64L << 20;

    static {
        // The JDK's server sends headers and body apart; unless told so before its first use, it lets
        // the body of an answer wait up to 40 ms for the client's acknowledgement of the headers.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    private final ExecutorService threads;
    private final HttpServer apiServer;
    private final HttpServer storeServer;
    private final InstantSource clock;
    private final Credentials credentials;
    private final ExportCatalog catalog;
    private final FileContents contents;
    private final Faults faults;
    private final ApiHandler api;
    private final StoreHandler store;

    private Sandbox(SandboxOptions options, InstantSource clock, HttpServer apiServer, HttpServer storeServer) {
        Seed seed = new Seed(options.seed());
        UrlSigner signer = new UrlSigner(seed);
        this.apiServer = apiServer;
        this.storeServer = storeServer;
        this.clock = clock;
        credentials = Credentials.from(seed);
        catalog = new ExportCatalog(options, clock);
        contents = new FileContents(seed, REMEMBERED_BYTES);
        faults = new Faults(options.faults(), seed);
        ExportJson exportJson = new ExportJson(contents, new StoreUrls(storeUrl(), signer));
        api = new ApiHandler(
                credentials, new RateLimit(options, clock), catalog, exportJson, faults, clock, account(seed));
        store = new StoreHandler(signer, catalog, contents, faults, clock);
        threads = Executors.newCachedThreadPool(Sandbox::daemon);
        serve(apiServer, api);
        serve(storeServer, store);
    }

    /**
     * Starts both servers.
     *
     * @throws UncheckedIOException if the port cannot be opened, for instance because it is taken
     */
    public static Sandbox start(SandboxOptions options) {
        return start(options, InstantSource.system());
    }

    /**
     * Starts both servers with a clock of the caller's, by which exports arrive, proceed and expire,
     * URLs end and rate limits are counted.
     *
     * @throws UncheckedIOException if the port cannot be opened, for instance because it is taken
     */
    public static Sandbox start(SandboxOptions options, InstantSource clock) {
        HttpServer apiServer = open(options.port());
        try {
            return new Sandbox(options, clock, apiServer, open(0));
        } catch (RuntimeException e) {
            apiServer.stop(0);
            throw e;
        }
    }

    /** Where the API is, without a path: {@code http://127.0.0.1:PORT}. */
    public URI apiUrl() {
        return url(apiServer);
    }

    /** Where the store is, without a path; another port, so another origin than the API's. */
    public URI storeUrl() {
        return url(storeServer);
    }

    /** The API key that it accepts: {@code dm_sk_live_} and 32 letters and digits. */
    public String key() {
        return credentials.key();
    }

    /** List requests received so far, however they were answered. */
    public long listRequests() {
        return api.lists();
    }

    /** Requests for one export by its id received so far, however they were answered. */
    public long getRequests() {
        return api.gets();
    }

    /** Answers so far that carried bytes of a file, be they cut short, stalled or corrupt. */
    public long downloads() {
        return store.downloads();
    }

    /** Every export there is now, oldest first. */
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
     * The true bytes of a file, whatever faults its downloads suffer.
     *
     * @param index from 0, in the order of the export's files
     * @throws NoSuchElementException if there is no such export
     * @throws IndexOutOfBoundsException if it has no such file
     */
    public byte[] content(String exportId, int index) {
        return contents.bytes(existing(exportId), index).clone();
    }

    /**
     * Whether its first file is damaged for good: corrupt in every download.
     *
     * @throws NoSuchElementException if there is no such export
     */
    public boolean incurable(String exportId) {
        return faults.incurable(existing(exportId));
    }

    /** Stops both servers at once; answers under way are cut. */
    @Override
    public void close() {
        apiServer.stop(0);
        storeServer.stop(0);
        threads.shutdownNow();
    }

    private SandboxExport existing(String exportId) {
        return catalog.byId(exportId)
                .orElseThrow(() -> new NoSuchElementException("the sandbox has no export " + exportId));
    }

    private void serve(HttpServer server, HttpHandler handler) {
        server.createContext("/", handler);
        server.setExecutor(threads);
        server.start();
    }

    private static HttpServer open(int port) {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the sandbox cannot open port " + port + " of 127.0.0.1: " + e.getMessage()
                            + "; choose another, or 0 for any free one",
                    e);
        }
    }

    private static URI url(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "sandbox");
        thread.setDaemon(true);
        return thread;
    }

    private static Map<String, Object> account(Seed seed) {
        return Map.of(
                "organization_id", "org_" + seed.text("organization", 16), "organization_name", "Sandbox Organization");
    }
}

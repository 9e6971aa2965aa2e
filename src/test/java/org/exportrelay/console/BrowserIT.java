package org.exportrelay.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator's work with the pages of the installed relay, in Chromium; skipped where that is missing. */
class BrowserIT {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Duration SOON = Duration.ofSeconds(60);

    private final int port = FreePort.find();
    private final List<String> complaints = new ArrayList<>();

    @TempDir
    private Path directory;

    private Playwright playwright;
    private Browser browser;
    private Sandbox sandbox;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.isExecutable(CHROMIUM), "Chromium is not installed: apt-get install chromium");
        PlaywrightAssertions.setDefaultAssertionTimeout(SOON.toMillis());
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(CHROMIUM).setArgs(List.of("--no-sandbox")));
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withFaults(0.2));
    }

    @AfterEach
    void stop() {
        if (playwright != null) {
            sandbox.close();
            browser.close();
            playwright.close();
        }
    }

    @Test
    void anOperatorFindsAFailureReadsWhyActsAndWatchesTheDeliveryArrive() throws Exception {
        SftpServer server = new SftpServer(Files.createDirectories(directory.resolve("partner"))).start();
        RelayChild relay = relay().withExample("deliver-to-sftp").withSftp(server.port(), "inbox");
        relay.run("trust", server.url(), "--fingerprint", server.fingerprint());
        server.stop();
        sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 50));
        Running running = relay.start("run");
        try (BrowserContext context = context(true)) {
            await().atMost(SOON)
                    .until(() -> running.output().contains("exports:sftp: down: ")
                            && relay.archived().size() == 1);
            Page page = page(context);
            page.navigate(site());
            assertThat(page.locator(".attention")).containsText("nothing listens there");
            page.locator(".attention")
                    .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("sftp"))
                    .click();
            assertThat(page.locator("h1 .badge")).hasText("down");
            assertThat(page.locator(".notice")).containsText("nothing listens there");

            page.getByLabel("Note").fill("ticket 7");
            button(page, "Pause").click();
            assertThat(page.locator("h1 .badge")).hasText("paused");
            assertThat(page.locator(".notice").last()).containsText("ticket 7");
            button(page, "Resume").click();
            assertThat(page.locator("h1 .badge")).hasText("down");

            page.navigate(site());
            Locator state = page.locator("table tbody tr", new Page.LocatorOptions().setHasText("sftp"))
                    .first()
                    .locator(".badge");
            assertThat(state).hasText("down");
            shoot(page, "overview");
            server.start();
            button(page, "Retry now").click();
            assertThat(page.locator("h1")).containsText("sftp");
            page.navigate(site());
            assertThat(state).hasText("up");
            assertThat(page.locator(".attention")).hasCount(0);

            page.getByRole(
                            AriaRole.LINK,
                            new GetByRoleOptions().setName("Exports").setExact(true))
                    .click();
            page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("properties_export"))
                    .first()
                    .click();
            assertThat(page.locator("#files ~ div code")).hasText(Pattern.compile("[0-9a-f]{64}"));
            assertThat(page.locator(".delivery .badge")).hasText(new String[] {"delivered", "delivered"});
            shoot(page, "export");
            page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("Replay…"))
                    .click();
            page.getByLabel("delivered").check();
            button(page, "Preview").click();
            assertThat(page.locator("table tbody tr")).hasCount(2);
            page.getByLabel("Destination").selectOption("archive");
            button(page, "Preview").click();
            assertThat(page.locator("table tbody tr")).hasCount(1);
            Path archived = relay.archived().get(0);
            Files.delete(archived);
            button(page, "Make them again").click();
            await().atMost(SOON).until(() -> Files.exists(archived));
            page.reload();
            assertThat(page.locator(".timeline").getByText("replayed")).isVisible();
            assertThat(page.locator(".timeline").getByText("by console")).isVisible();
            assertThat(complaints)
                    .as("of the browser, such as refused scripts and styles")
                    .isEmpty();
        } finally {
            assertThat(running.stop().exitCode()).isZero();
            server.close();
        }
    }

    @Test
    void theSameWorksWithoutJavaScriptAndOnAPhoneInTheDark() throws Exception {
        Running running = relay().start("run");
        try (BrowserContext context = context(false)) {
            await().atMost(SOON).until(() -> running.output().contains("console at"));
            Page page = page(context);
            page.setViewportSize(390, 800);
            page.navigate(site());
            for (String name : List.of("Exports", "Events", "Routes", "Instances", "Overview")) {
                page.getByRole(AriaRole.NAVIGATION)
                        .getByRole(
                                AriaRole.LINK,
                                new Locator.GetByRoleOptions().setName(name).setExact(true))
                        .click();
                assertThat(page.locator("h1")).hasText(name);
                assertThat(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
                        .as(name + " fits the screen")
                        .isEqualTo(true);
                shoot(page, "phone-" + name.toLowerCase(Locale.ROOT));
            }
            page.locator("table")
                    .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("archive"))
                    .click();
            button(page, "Pause").click();
            assertThat(page.locator("h1 .badge")).hasText("paused");
            await().atMost(SOON).until(() -> running.output().contains("exports:archive: paused by console"));
            button(page, "Resume").click();
            assertThat(page.locator("h1 .badge")).hasText("up");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    @Test
    void twoInstancesOnPostgresqlShowTheSameWhileAnSftpServerStops() throws Exception {
        SftpServer server = new SftpServer(Files.createDirectories(directory.resolve("partner"))).start();
        int otherPort = FreePort.find();
        try (EmbeddedPostgres postgres = Postgres.start();
                BrowserContext context = context(true)) {
            RelayChild one = relay("one", port).withLedger(postgres);
            RelayChild two = relay("two", otherPort).withLedger(postgres);
            for (RelayChild relay : List.of(one, two)) {
                relay.withExample("deliver-to-sftp").withSftp(server.port(), "inbox");
                relay.run("trust", server.url(), "--fingerprint", server.fingerprint());
            }
            sandbox.addFinished("first_export", new SandboxFile("first.csv.gz", 50));
            Running first = one.start("run");
            Running second = two.start("run");
            try {
                await().atMost(SOON)
                        .until(() -> first.output().contains("console at")
                                && second.output().contains("console at"));
                Page left = page(context);
                Page right = page(context);
                right.navigate("http://127.0.0.1:" + otherPort);
                Locator sftp = right.locator("table tbody tr", new Page.LocatorOptions().setHasText("sftp"))
                        .first();
                assertThat(sftp.locator(".badge")).hasText("up");
                assertThat(sftp.locator("td").nth(5)).hasText("1");
                left.navigate(site() + "/instances");
                assertThat(left.locator("tbody tr")).hasCount(2);
                assertThat(left.locator("tbody .badge")).hasText(new String[] {"running", "running"});
                assertThat(left.locator("tbody").getByText("polls", new Locator.GetByTextOptions().setExact(true)))
                        .hasCount(1);

                server.stop();
                sandbox.addFinished("second_export", new SandboxFile("second.csv.gz", 50));
                assertThat(sftp.locator(".badge")).hasText("down");
                right.locator(".attention summary").first().click();
                assertThat(right.locator(".attention details dl").first())
                        .containsText("One delivery to the destination is tried");
                left.navigate(site() + "/exports?name=second");
                left.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("second_export"))
                        .click();
                Locator deliveries = left.locator(".delivery .badge");
                assertThat(deliveries.filter(new Locator.FilterOptions().setHasText("delivered")))
                        .hasCount(1);
                server.start();
                right.locator(".attention")
                        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Retry now"))
                        .click();
                // Without a reload, of an act on the other instance.
                assertThat(deliveries).hasText(new String[] {"delivered", "delivered"});

                right.navigate("http://127.0.0.1:" + otherPort + "/destinations/archive");
                left.navigate(site() + "/destinations/archive");
                button(left, "Pause").click();
                assertThat(right.locator("h1 .badge")).hasText("paused");
                button(right, "Resume").click();
                assertThat(left.locator("h1 .badge")).hasText("up");
                assertThat(complaints).isEmpty();
            } finally {
                assertThat(first.stop().exitCode()).isZero();
                assertThat(second.stop().exitCode()).isZero();
            }
        } finally {
            server.close();
        }
    }

    @Test
    void aViewerSeesEveryPageAndCanChangeNothing() throws Exception {
        Path users = directory.resolve("users");
        Files.writeString(
                users,
                UserEntry.line("alan", Role.VIEWER, "battery staple".getBytes(StandardCharsets.UTF_8), 4) + "\n"
                        + UserEntry.line("grace", Role.OPERATOR, "correct horse".getBytes(StandardCharsets.UTF_8), 4));
        RelayChild relay = relay()
                .withExample("deliver-to-sftp")
                .withSftp(FreePort.find(), "inbox")
                .with("relay.console.auth", "basic")
                .with("relay.console.users-file", users);
        sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 50));
        Running running = relay.start("run");
        try (BrowserContext viewer = context("alan", "battery staple");
                BrowserContext operator = context("grace", "correct horse")) {
            await().atMost(SOON)
                    .until(() -> running.output().contains("exports:sftp: down: ")
                            && relay.archived().size() == 1);
            Page page = page(viewer);
            Page other = page(operator);
            page.navigate(site() + "/exports");
            String export = page.locator("tbody th a").first().getAttribute("href");
            for (String path : List.of(
                    "/", "/exports", export, "/destinations/sftp", "/events", "/routes", "/instances", "/replay")) {
                page.navigate(site() + path);
                assertThat(page.locator("h1")).isVisible();
                assertThat(page.locator("form[method=post]")).hasCount(0);
                assertThat(page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("Replay…")))
                        .hasCount(0);
            }
            page.navigate(site());
            Locator archive = page.locator("table tbody tr", new Page.LocatorOptions().setHasText("archive"))
                    .first();
            assertThat(archive.locator("td").nth(5)).hasText("1");
            sandbox.addFinished("second_export", new SandboxFile("second.csv.gz", 50));
            assertThat(archive.locator("td").nth(5)).hasText("2");
            assertThat(page.locator("form, main a.button")).hasCount(0);

            other.navigate(site() + "/destinations/sftp");
            assertThat(button(other, "Pause")).isVisible();
            String token = other.locator("input[name=token]").first().inputValue();
            page.navigate(site() + "/destinations/sftp");
            for (String act : List.of("pause", "resume", "retry")) {
                // As a form would do, with the token of somebody else.
                assertThat(page.evaluate(
                                "([url, token]) => fetch(url, {method: 'POST', body: new URLSearchParams({token})})"
                                        + ".then(answer => answer.status)",
                                List.of("/destinations/sftp/" + act, token)))
                        .isEqualTo(403);
            }
            assertThat(page.locator("h1 .badge")).hasText("down");
            assertThat(running.output()).doesNotContain("paused by");
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    /** In light and dark, zoomed to 200 % (half as many pixels of CSS), and on a phone. */
    @Test
    void axeFindsNothingOnAnyPage() throws Exception {
        RelayChild relay = relay().withExample("deliver-to-sftp").withSftp(FreePort.find(), "inbox");
        sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 50));
        Running running = relay.start("run");
        try {
            await().atMost(SOON)
                    .until(() -> running.output().contains("exports:sftp: down: ")
                            && relay.archived().size() == 1);
            for (Screen screen : List.of(
                    new Screen("light", ColorScheme.LIGHT, 1280),
                    new Screen("dark", ColorScheme.DARK, 1280),
                    new Screen("zoomed", ColorScheme.LIGHT, 640),
                    new Screen("phone", ColorScheme.DARK, 360))) {
                try (BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                        .setViewportSize(screen.width(), 900)
                        .setColorScheme(screen.scheme()))) {
                    Page page = page(context);
                    page.navigate(site() + "/exports");
                    String export = page.locator("tbody th a").first().getAttribute("href");
                    for (String path : List.of(
                            "/",
                            "/exports",
                            export,
                            "/destinations/sftp",
                            "/replay?destination=archive&delivered=on",
                            "/events",
                            "/routes",
                            "/instances",
                            "/exports/nothing")) {
                        page.navigate(site() + path);
                        page.locator("summary").all().forEach(Locator::click);
                        String name =
                                screen.name() + path.replaceAll("\\?.*", "").replaceAll("\\W", "-");
                        shoot(page, path.equals(export) ? screen.name() + "-export" : name);
                        assertThat(new AxeBuilder(page).analyze().getViolations())
                                .as(name)
                                .extracting(Object::toString)
                                .isEmpty();
                        assertThat(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
                                .as(name + " fits the screen")
                                .isEqualTo(true);
                    }
                }
            }
        } finally {
            assertThat(running.stop().exitCode()).isZero();
        }
    }

    private record Screen(String name, ColorScheme scheme, int width) {}

    private RelayChild relay() {
        return relay("relay", port);
    }

    private RelayChild relay(String name, int httpPort) {
        return RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .with("relay.poll.period", "1s")
                .with("relay.http.port", httpPort);
    }

    private BrowserContext context(boolean javaScript) {
        return browser.newContext(new Browser.NewContextOptions()
                .setJavaScriptEnabled(javaScript)
                .setViewportSize(1280, 900)
                .setColorScheme(javaScript ? ColorScheme.LIGHT : ColorScheme.DARK));
    }

    private BrowserContext context(String user, String password) {
        return browser.newContext(new Browser.NewContextOptions().setHttpCredentials(user, password));
    }

    private Page page(BrowserContext context) {
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        return page;
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    /** Into target/screenshots; with {@code -Ddocs.images=docs/images}, also over the picture of this name there. */
    private static void shoot(Page page, String name) {
        Path file = Path.of("target/screenshots", name + ".png");
        page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
        Path documented = Path.of(System.getProperty("docs.images", "target"), name + ".png");
        if (Files.exists(documented)) {
            page.screenshot(new Page.ScreenshotOptions().setPath(documented));
        }
    }

    private String site() {
        return "http://127.0.0.1:" + port;
    }
}

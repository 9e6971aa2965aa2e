package org.exportrelay.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

    private RelayChild relay() {
        return RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .with("relay.poll.period", "1s")
                .with("relay.http.port", port);
    }

    private BrowserContext context(boolean javaScript) {
        return browser.newContext(new Browser.NewContextOptions()
                .setJavaScriptEnabled(javaScript)
                .setViewportSize(1280, 900)
                .setColorScheme(javaScript ? ColorScheme.LIGHT : ColorScheme.DARK));
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

    /** Into target/screenshots, or where {@code -Dscreenshots} says. */
    private static void shoot(Page page, String name) {
        Path file = Path.of(System.getProperty("screenshots", "target/screenshots"), name + ".png");
        page.screenshot(new Page.ScreenshotOptions().setPath(file));
    }

    private String site() {
        return "http://127.0.0.1:" + port;
    }
}

package org.exportrelay.download;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpHandler;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.records.BadRecordsException;
import org.exportrelay.records.ExpectedColumns;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The headers of files to which links lead. */
@Timeout(30)
class StoreHeadersTest extends DownloadTest {

    private static final ExpectedColumns COLUMNS = ExpectedColumns.parse("id,city");

    @Test
    void readsTheBeginningOnlyHoweverLongTheFileIs() throws Exception {
        store.answer("/a", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("id,city\n".getBytes(UTF_8));
            byte[] rows = "1,Graz\n".repeat(2000).getBytes(UTF_8);
            while (!Thread.currentThread().isInterrupted()) {
                exchange.getResponseBody().write(rows);
            }
        });
        relay.headers.check(listed("a.csv", "/a"), COLUMNS);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void refusesAnotherHeaderAsThatOfADownloadedFile() {
        store.answer("/a", gzip(TestFiles.gzip("id,town\n1,Graz\n")));
        ExportFile file = listed("a.csv.gz", "/a");
        assertThatThrownBy(() -> relay.headers.check(file, COLUMNS))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageContaining("column 2 is town, expected city");
    }

    @Test
    void replacesARefusedUrlByAFreshOneOnce() throws Exception {
        store.answer("/old", LocalServer.body(403, "application/xml", "<Error/>"));
        store.answer("/fresh", gzip(TWO_RECORDS));
        api.answer("/v1/exports/e1", apiExport("e1", "/fresh", Instant.now().plus(7, ChronoUnit.DAYS)));
        relay.headers.check(listed("a.csv.gz", "/old"), COLUMNS);

        store.answer("/fresh", LocalServer.body(403, "application/xml", "<Error/>"));
        DeliveryException refused = failure("a.csv.gz", "/fresh");
        assertThat(refused.action()).isEqualTo(FailureAction.RETRY);
        assertThat(refused).hasMessage("the store refused two URLs of a.csv.gz, the second one fresh");
    }

    @Test
    void countsNoAttemptWhileTheStoreCannotBeReached() {
        HttpHandler overloaded = exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "7");
            exchange.sendResponseHeaders(503, -1);
        };
        store.answer("/a", overloaded, store.silent());
        DeliveryException first = failure("a.csv.gz", "/a");
        assertThat(first.action()).isEqualTo(FailureAction.POSTPONE);
        assertThat(first.retryAfter()).contains(Duration.ofSeconds(7));
        DeliveryException second = failure("a.csv.gz", "/a");
        assertThat(second.action()).isEqualTo(FailureAction.POSTPONE);
        assertThat(second)
                .hasMessageContaining("relay.download.stall-timeout=1s")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void retriesAFileThatIsCutOrDamaged() {
        store.answer("/a", LocalServer.cut("id,ci".getBytes(UTF_8), 100), gzip(new byte[] {1, 2, 3}));
        assertThat(failure("a.csv", "/a").action()).isEqualTo(FailureAction.RETRY);
        assertThat(failure("a.csv.gz", "/a").action()).isEqualTo(FailureAction.RETRY);
    }

    @Test
    void asksNoHostThatIsNotAllowed() {
        ExportFile file = listed(new DownloadUrl("a.csv.gz", "https://evil.example/a" + SIGNED, 7L));
        DeliveryException parked =
                catchThrowableOfType(DeliveryException.class, () -> relay.headers.check(file, COLUMNS));
        assertThat(parked.action()).isEqualTo(FailureAction.PARK);
        assertThat(parked).hasMessageContaining("relay.download.allowed-hosts").hasMessageNotContaining("s3cret");
    }

    private DeliveryException failure(String filename, String path) {
        ExportFile file = listed(filename, path);
        return catchThrowableOfType(DeliveryException.class, () -> relay.headers.check(file, COLUMNS));
    }

    private ExportFile listed(String filename, String path) {
        return listed(new DownloadUrl(filename, url(path), null));
    }

    private ExportFile listed(DownloadUrl url) {
        relay.api.signedUrls().remember(export("e1", null, url));
        return TestFiles.listed(url.filename(), null);
    }
}

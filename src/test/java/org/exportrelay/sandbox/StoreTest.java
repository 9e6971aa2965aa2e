package org.exportrelay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreTest {

    private final MovableClock clock = MovableClock.atNoon();
    private final Sandbox sandbox =
            Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO), clock);
    private final Caller caller = new Caller(sandbox);

    private SandboxExport export;
    private byte[] content;
    private String url;

    @BeforeEach
    void addsAnExport() throws Exception {
        export = sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 50));
        content = sandbox.content(export.id(), 0);
        url = caller.url(export, 0);
    }

    @AfterEach
    void closesTheSandbox() {
        sandbox.close();
    }

    @Test
    void servesTheFileWithItsHeaders() throws Exception {
        HttpResponse<byte[]> answer = caller.download(url);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(content);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/gzip");
        assertThat(header(answer, "Content-Length")).isEqualTo(Integer.toString(content.length));
        assertThat(header(answer, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(header(answer, "ETag")).matches("\"[0-9a-f]{32}\"");
        assertThat(ZonedDateTime.parse(header(answer, "Last-Modified"), DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant())
                .isEqualTo(export.finishedAt());
        assertThat(answer.headers().map().keySet()).noneMatch(name -> name.contains("ratelimit"));
        assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes())
                .asString(StandardCharsets.UTF_8)
                .startsWith("id,address,");
    }

    @Test
    void datesAFileInTheFormOfHttpOnTheFirstDaysOfAMonthToo() throws Exception {
        clock.moveTo(Instant.parse("2026-03-05T08:09:10.123Z"));
        SandboxExport march = sandbox.addFinished("properties_export", new SandboxFile("a.csv.gz", 1));

        assertThat(header(caller.download(caller.url(march, 0)), "Last-Modified"))
                .isEqualTo("Thu, 05 Mar 2026 08:09:10 GMT");
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        HttpResponse<byte[]> answer =
                caller.bytes(HttpRequest.newBuilder(URI.create(url)).method("HEAD", BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(header(answer, "Content-Length")).isEqualTo(Integer.toString(content.length));
        assertThat(header(answer, "ETag")).isEqualTo(header(caller.download(url), "ETag"));
        assertThat(sandbox.downloads()).isEqualTo(1);
    }

    @Test
    void servesRanges() throws Exception {
        int size = content.length;
        assertPart("bytes=0-99", 0, 100);
        assertPart("bytes=100-", 100, size);
        assertPart("bytes=-10", size - 10, size);
        assertPart("bytes=5-5", 5, 6);
        assertPart("bytes=10-999999999999", 10, size);
        assertPart("bytes=-999999999999", 0, size);
        assertPart("bytes=" + (size - 1) + "-", size - 1, size);
    }

    @Test
    void answers416ToARangeOutsideTheFile() throws Exception {
        for (String range : List.of("bytes=" + content.length + "-", "bytes=99999999-99999999999", "bytes=-0")) {
            HttpResponse<byte[]> answer = caller.download(url, "Range", range);
            assertThat(answer.statusCode()).isEqualTo(416);
            assertThat(header(answer, "Content-Range")).isEqualTo("bytes */" + content.length);
            assertXml(answer, "InvalidRange");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=9-5", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=a-b"})
    void ignoresARangeThatIsNone(String range) throws Exception {
        HttpResponse<byte[]> answer = caller.download(url, "Range", range);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(content);
    }

    @Test
    void servesAConditionalRangeOnlyOfTheSameVersion() throws Exception {
        HttpResponse<byte[]> whole = caller.download(url);

        assertThat(caller.download(url, "Range", "bytes=0-9", "If-Range", header(whole, "ETag"))
                        .statusCode())
                .isEqualTo(206);
        assertThat(caller.download(url, "Range", "bytes=0-9", "If-Range", header(whole, "Last-Modified"))
                        .statusCode())
                .isEqualTo(206);
        assertThat(caller.download(url, "Range", "bytes=0-9", "If-Range", "\"another\"")
                        .body())
                .isEqualTo(content);
    }

    @Test
    void refusesAnAlteredUrl() throws Exception {
        String lastDigit = url.endsWith("0") ? "1" : "0";
        List<String> altered = List.of(
                url.substring(0, url.length() - 1) + lastDigit,
                url.replace("X-Goog-Expires=604800", "X-Goog-Expires=604801"),
                url.replace("/0/", "/1/"),
                url.replace("2026-02-17.csv", "2026-02-18.csv"),
                url.replace(export.id(), "11111111-2222-4333-8444-555555555555"),
                url + "&X-Goog-Expires=999999");
        for (String wrong : altered) {
            HttpResponse<byte[]> answer = caller.download(wrong);
            assertThat(answer.statusCode()).as(wrong).isEqualTo(403);
            assertXml(answer, "SignatureDoesNotMatch");
        }
        assertThat(sandbox.downloads()).isZero();
    }

    @Test
    void refusesAnUnsignedUrl() throws Exception {
        HttpResponse<byte[]> answer = caller.download(url.substring(0, url.indexOf('?')));

        assertThat(answer.statusCode()).isEqualTo(403);
        assertXml(answer, "AccessDenied");
    }

    @Test
    void acceptsTheParametersInAnyOrder() throws Exception {
        String[] parts = url.split("\\?");
        List<String> parameters = Arrays.asList(parts[1].split("&"));
        Collections.reverse(parameters);

        assertThat(caller.download(parts[0] + "?" + String.join("&", parameters))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void refusesAUrlFromTheMomentItsExportExpires() throws Exception {
        clock.moveTo(export.expiresAt().minusMillis(1));
        assertThat(caller.download(url).statusCode()).isEqualTo(200);
        clock.moveTo(export.expiresAt());

        HttpResponse<byte[]> answer = caller.download(url);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertXml(answer, "ExpiredToken");
    }

    @Test
    void signsForNoLongerThanTheExportLives() throws Exception {
        clock.moveTo(export.expiresAt().minusSeconds(90));

        assertThat(caller.url(export, 0)).contains("X-Goog-Expires=90&");
    }

    @Test
    void refusesARequestThatAlsoCarriesAKey() throws Exception {
        HttpResponse<byte[]> answer = caller.download(url, "Authorization", "Bearer " + sandbox.key());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertXml(answer, "InvalidArgument");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).doesNotContain(sandbox.key());
    }

    @Test
    void refusesOtherMethods() throws Exception {
        HttpResponse<byte[]> answer =
                caller.bytes(HttpRequest.newBuilder(URI.create(url)).PUT(BodyPublishers.ofString("x")));

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(header(answer, "Allow")).isEqualTo("GET, HEAD");
    }

    @Test
    void refusesASignedPathWithoutAFile() throws Exception {
        try (Sandbox twin = Sandbox.start(
                SandboxOptions.defaults().withSeed(1).withExports(0).withArrivalPeriod(Duration.ZERO), clock)) {
            String path = "/dm-exports/11111111-2222-4333-8444-555555555555/0/gone.csv.gz";
            String query = new UrlSigner(new Seed(1))
                    .query(path, clock.instant(), clock.instant().plusSeconds(60));

            HttpResponse<byte[]> answer = caller.download(twin.storeUrl() + path + "?" + query);

            assertThat(answer.statusCode()).isEqualTo(404);
            assertXml(answer, "NoSuchKey");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Zażółć gęślą jaźń.csv.gz",
        "輸出 データ.csv.gz",
        "50% & more?.csv.gz",
        "a+b=c;d#e.csv.gz",
        "../../etc/passwd",
        "C:\\temp\\x.csv.gz",
        "export 🏠.csv.gz",
        "'name with \"quotes\", comma'",
        "*~!().csv.gz"
    })
    void encodesAnyFileNameInItsUrl(String filename) throws Exception {
        SandboxExport odd = sandbox.addFinished("properties_export", new SandboxFile(filename, 3));

        assertThat(caller.export(odd.id())
                        .get("download_urls")
                        .get(0)
                        .get("filename")
                        .asText())
                .isEqualTo(filename);
        String address = caller.url(odd, 0);
        assertThat(address).matches("http://127\\.0\\.0\\.1:\\d+/dm-exports/[0-9a-f-]+/0/[A-Za-z0-9._~%-]+\\?[^?]+");
        assertThat(caller.download(address).body()).isEqualTo(sandbox.content(odd.id(), 0));
    }

    @Test
    void distinguishesFilesWithTheSameName() throws Exception {
        SandboxFile twin = new SandboxFile("people_export_2026-02-17.csv.gz", 10);
        SandboxExport twins = sandbox.addFinished("people_export", twin, twin);

        assertThat(caller.download(caller.url(twins, 0)).body()).isEqualTo(sandbox.content(twins.id(), 0));
        assertThat(caller.download(caller.url(twins, 1)).body())
                .isEqualTo(sandbox.content(twins.id(), 1))
                .isNotEqualTo(sandbox.content(twins.id(), 0));
    }

    @Test
    void servesAnExportOfTenFiles() throws Exception {
        SandboxFile[] files = IntStream.rangeClosed(1, 10)
                .mapToObj(part -> new SandboxFile("people_export_2026-02-17_part" + part + ".csv.gz", part))
                .toArray(SandboxFile[]::new);
        SandboxExport ten = sandbox.addFinished("people_export", files);

        assertThat(caller.export(ten.id()).get("download_urls")).hasSize(10);
        for (int i = 0; i < 10; i++) {
            assertThat(caller.download(caller.url(ten, i)).body()).isEqualTo(sandbox.content(ten.id(), i));
        }
        assertThat(sandbox.downloads()).isEqualTo(10);
    }

    private void assertPart(String range, int from, int to) throws Exception {
        HttpResponse<byte[]> answer = caller.download(url, "Range", range);
        assertThat(answer.statusCode()).as(range).isEqualTo(206);
        assertThat(header(answer, "Content-Range")).isEqualTo("bytes " + from + "-" + (to - 1) + "/" + content.length);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(content, from, to));
    }

    private static void assertXml(HttpResponse<byte[]> answer, String code) {
        assertThat(header(answer, "Content-Type")).startsWith("application/xml");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                .startsWith("<?xml ")
                .contains("<Error><Code>" + code + "</Code>");
    }

    private static String header(HttpResponse<byte[]> answer, String name) {
        return answer.headers().firstValue(name).orElseThrow();
    }
}

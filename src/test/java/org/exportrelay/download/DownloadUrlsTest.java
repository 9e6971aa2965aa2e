package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.Progress;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.Test;

/** Signed URLs that are refused, end soon, are gone or lead elsewhere. */
class DownloadUrlsTest extends DownloadTest {

    @Test
    void asksByIdForAFreshUrlAfterARefusal() {
        store.answer("/old", LocalServer.body(403, "application/xml", "<Error><Code>ExpiredToken</Code></Error>"));
        store.answer("/fresh", gzip(TWO_RECORDS));
        api.answer("/v1/exports/e1", apiExport("e1", "/fresh", Instant.now().plus(7, ChronoUnit.DAYS)));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/old", TWO_RECORDS)));

        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
        assertThat(api.requests()).hasSize(1);
        assertThat(store.requests("/old")).isEqualTo(1);
        assertThat(store.requests("/fresh")).isEqualTo(1);
    }

    @Test
    void retriesLaterAfterTwoRefusalsAndParksWhenTheAttemptsAreUsedUp() {
        store.answer("/old", LocalServer.body(403, "application/xml", "<Error/>"));
        api.answer("/v1/exports/e1", apiExport("e1", "/old", Instant.now().plus(7, ChronoUnit.DAYS)));
        start(destination("impatient", 2));
        list(export("e1", 2L, file("a.csv.gz", "/old", TWO_RECORDS)));

        Progress.UndeliveredItem undelivered = awaitUndelivered(destination("impatient", 2), DeliveryState.PARKED);
        assertThat(undelivered.error()).isEqualTo("the store refused two URLs of a.csv.gz, the second one fresh");
        assertThat(undelivered.attempts()).isEqualTo(2);
        assertThat(store.requests("/old")).isEqualTo(4);
    }

    @Test
    void asksForAnotherUrlBeforeUsingOneThatEndsSoonAndUsesItIfThereIsNone() {
        store.answer("/a", gzip(TWO_RECORDS));
        Instant soon = Instant.now().plus(5, ChronoUnit.MINUTES);
        api.answer("/v1/exports/e1", apiExport("e1", "/a", soon));
        start(ARCHIVE);
        list(expiring("e1", soon, 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        awaitDelivery(ARCHIVE);
        assertThat(api.requests()).isNotEmpty();
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    @Test
    void expiresWhatTheApiNoLongerHas() {
        start(ARCHIVE);
        relay.ledger.recorder.record(List.of(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS))), Optional.empty());
        relay.ledger.createDeliveries();

        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.EXPIRED).error())
                .isEqualTo("the API no longer has export e1; run it again");
        assertThat(api.requests("/v1/exports/e1")).isEqualTo(1);
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void expiresWhatTheApiHasNoUrlOfAnyMore() {
        api.answer(
                "/v1/exports/e1",
                LocalServer.body(
                        200,
                        "application/json",
                        "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\", \"download_urls\": null}}"));
        start(ARCHIVE);
        relay.ledger.recorder.record(List.of(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS))), Optional.empty());
        relay.ledger.createDeliveries();
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.EXPIRED).error())
                .isEqualTo("the API has no URL of a.csv.gz any more; run the export again");
    }

    @Test
    void parksAUrlThatLeadsElsewhereWithoutShowingItsQuery() {
        start(ARCHIVE);
        list(export(
                "e1", 2L, new DownloadUrl("a.csv.gz", "https://evil.example/a" + SIGNED, (long) TWO_RECORDS.length)));
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .contains("evil.example")
                .contains("relay.download.allowed-hosts")
                .doesNotContain("s3cret");
    }

    @Test
    void parksAUrlThatIsNoneWithoutShowingIt() {
        start(ARCHIVE);
        list(export("e1", 2L, new DownloadUrl("a.csv.gz", "not a url" + SIGNED, null)));
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .contains("a.csv.gz")
                .doesNotContain("s3cret");
    }
}

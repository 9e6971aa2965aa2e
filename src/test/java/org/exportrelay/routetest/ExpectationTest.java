package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.exportrelay.routetest.Observation.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectationTest {

    private static final Observation SENT = new Observation(
            Kind.MESSAGE,
            Map.of(
                    "endpoint",
                    "sftp://host:22/inbox",
                    "file",
                    "a.csv.gz",
                    "body.sha256",
                    "abc",
                    "header.Subject",
                    "Hi"),
            Map.of("export.sha256", "abc"));

    private static final List<Observation> OUTCOMES =
            List.of(outcome("properties_export", "delivered"), outcome("people_export", "parked"));

    private static Observation outcome(String export, String outcome) {
        return new Observation(Kind.OUTCOME, Map.of("export", export, "outcome", outcome, "attempts", "1"), Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "endpoint, sftp:*, true",
        "endpoint, sftp://host*/inbox, true",
        "endpoint, kafka:*, false",
        "file, *.csv.gz, true",
        "file, b*, false",
        "body.sha256, ${export.sha256}, true",
        "header.Subject, H?, true",
        "header.Other, *, false",
    })
    void comparesEachKeyWithItsGlob(String key, String glob, boolean holds) {
        Map<String, String> wanted = key.equals("endpoint") ? Map.of(key, glob) : Map.of("endpoint", "*", key, glob);
        assertThat(expected(Kind.MESSAGE, wanted, null).check(List.of(SENT)).holds())
                .isEqualTo(holds);
    }

    @ParameterizedTest
    @CsvSource({
        "kafka:exports, kafka://exports",
        "jms:queue:a, jms://queue:a",
        "file:a/b, file://a/b",
        "file:/a, file:///a"
    })
    void comparesEndpointsAsRoutesNameThem(String glob, String uri) {
        assertThat(new EndpointPattern(glob).matches(uri + "?option=1")).isTrue();
    }

    @Test
    void removesUserAndOptionsFromAnEndpoint() {
        assertThat(EndpointPattern.plain("sftp://relay:secret@host:22/inbox?password=secret"))
                .isEqualTo("sftp://host:22/inbox");
    }

    @Test
    void expectsAMessageAtLeastOnceOrAsOftenAsItSays() {
        List<Observation> twice = List.of(SENT, SENT);
        Map<String, String> any = Map.of("endpoint", "sftp:*");
        assertThat(expected(Kind.MESSAGE, any, null).check(twice).holds()).isTrue();
        assertThat(expected(Kind.MESSAGE, any, null).check(List.of()).holds()).isFalse();
        assertThat(expected(Kind.MESSAGE, any, 2).check(twice).holds()).isTrue();
        assertThat(expected(Kind.MESSAGE, any, 1).check(twice).holds()).isFalse();
        assertThat(expected(Kind.MESSAGE, any, 0).check(List.of()).holds()).isTrue();
    }

    @Test
    void expectsAnOutcomeOfAllDeliveriesThatAreSelected() {
        assertThat(expected(Kind.OUTCOME, Map.of("outcome", "delivered"), null)
                        .check(OUTCOMES)
                        .holds())
                .isFalse();
        assertThat(expected(Kind.OUTCOME, Map.of("outcome", "delivered", "export", "prop*"), null)
                        .check(OUTCOMES)
                        .holds())
                .isTrue();
        assertThat(expected(Kind.OUTCOME, Map.of("outcome", "delivered", "export", "x"), null)
                        .check(OUTCOMES)
                        .holds())
                .isFalse();
        assertThat(expected(Kind.OUTCOME, Map.of("outcome", "parked"), 1)
                        .check(OUTCOMES)
                        .holds())
                .isTrue();
        assertThat(expected(Kind.OUTCOME, Map.of("outcome", "recorded"), 2)
                        .check(OUTCOMES)
                        .holds())
                .isTrue();
    }

    @Test
    void findsTheObservationThatIsMostLikeIt() {
        Observation other = new Observation(Kind.MESSAGE, Map.of("endpoint", "file:x", "file", "z"), Map.of());
        Expectation expectation =
                expected(Kind.MESSAGE, Map.of("endpoint", "sftp:*", "file", "b*", "header.Subject", "Hi"), null);
        assertThat(expectation.check(List.of(other, SENT)).nearest()).isSameAs(SENT);
        assertThat(expectation.check(List.of()).nearest()).isNull();
    }

    private static Expectation expected(Kind kind, Map<String, String> wanted, Integer times) {
        return new Expectation(kind, 1, wanted, times == null ? OptionalInt.empty() : OptionalInt.of(times));
    }
}

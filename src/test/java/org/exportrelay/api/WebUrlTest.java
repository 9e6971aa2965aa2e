package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebUrlTest {

    /** As Chromium and Firefox send them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '§',
            value = {
                "?a=1&X-Goog-Signature=0aF ?a=1&X-Goog-Signature=0aF",
                "?a|b={}&c=^\\&d=[1] ?a|b={}&c=^\\&d=[1]",
                "?a=%7C%22%7b ?a=%7C%22%7b",
                "?a=100%&b=%zz&c=% ?a=100%&b=%zz&c=%",
                "?a=\"b\" ?a=%22b%22",
                "?a=<b> ?a=%3Cb%3E",
                "?a=b+c%20d~'()*!` ?a=b+c%20d~'()*!`",
                "?a=ż🏡 ?a=%C5%BC%F0%9F%8F%A1",
                "?a=/../?b=? ?a=/../?b=?",
                "? ?",
                "?a=b#fragment|? ?a=b",
            })
    void keepsTheQuery(String query, String sent) {
        assertThat(WebUrl.of("https://store.example/file" + query).target()).isEqualTo("/file" + sent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "https://store.example > /",
                "https://store.example?a > /?a",
                "https://store.example/a b/ż.csv.gz > /a%20b/%C5%BC.csv.gz",
                "https://store.example/{a}|\"b\"^`[c] > /%7Ba%7D%7C%22b%22%5E%60%5Bc%5D",
                "https://store.example//a//../%7e/%2e%2E > //a//../%7e/%2e%2E",
            })
    void makesThePathAValidOne(String url, String sent) {
        assertThat(WebUrl.of(url).target()).isEqualTo(sent);
    }

    @Test
    void leavesOutLineBreaksAndBlanksAroundIt() {
        WebUrl url = WebUrl.of(" \thttps://store.example/fi\r\nle?a=b\tc d\n");
        assertThat(url.target()).isEqualTo("/file?a=bc%20d");
        assertThat(url.text()).isEqualTo(" \thttps://store.example/fi\r\nle?a=b\tc d\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "https://other.example/x?s=| https://other.example/x?s=|",
                "//other.example/x https://other.example/x",
                "/x?s=^ https://store.example:8443/x?s=^",
                "x|y?s={} https://store.example:8443/a/x%7Cy?s={}",
                "../x https://store.example:8443/x",
                "?s=% https://store.example:8443/a/b?s=%",
                "#part https://store.example:8443/a/b?q=|",
            })
    void followsARedirectAsBrowsersDo(String location, String expected) {
        WebUrl url = WebUrl.of("https://store.example:8443/a/b?q=|").resolve(location);
        assertThat(url.address().getScheme() + "://" + url.address().getAuthority() + url.target())
                .isEqualTo(expected);
    }

    @Test
    void followsARedirectFromAUrlWithoutAPath() {
        assertThat(WebUrl.of("https://store.example").resolve("x").address()).hasToString("https://store.example/x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://exa mple/?s3cret",
                "https://[broken/?s3cret",
                "https://store.example/%zz?s3cret",
                "https://store.example\\@evil.example/?s3cret",
                "https://store.example/a\\b?s3cret",
                "https://exam|ple/?s3cret",
                "https://{store}/?s3cret",
            })
    void refusesWhatIsNoUrlWithoutQuotingIt(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WebUrl.of(text))
                .withMessage("not a valid URL")
                .withNoCause();
    }

    @Test
    void showsNoQuery() {
        assertThat(WebUrl.of("https://store.example/a?X-Goog-Signature=s3cret"))
                .hasToString("WebUrl[host=store.example]");
    }
}

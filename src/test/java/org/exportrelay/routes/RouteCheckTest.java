package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.poll.FailedExports;
import org.exportrelay.testing.PgpTestKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code validate} finds, in a folder of its own. */
class RouteCheckTest {

    private final DefaultCamelContext context = new DefaultCamelContext();

    @TempDir
    private Path directory;

    @AfterEach
    void close() throws IOException {
        context.close();
    }

    @ParameterizedTest
    @CsvSource({
        "finance.yaml, finance.camel.yaml",
        "finance.yml, finance.camel.yaml",
        "finance.camel.yml, finance.camel.yaml",
        "finance.Camel.YAML, finance.camel.yaml",
        "finance.test.yml, finance.test.camel.yaml"
    })
    void warnsOfAFileThatIsNotLoadedBecauseOfItsName(String name, String rightName) throws IOException {
        write("steady.camel.yaml", route("- log: x"));
        write(name, route("- log: y"));
        assertThat(check())
                .containsExactly("routes/" + name
                        + ":1: warning: not loaded, because the names of route files end in .camel.yaml; rename it to "
                        + rightName + ", or move it out of routes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "finance.test.yaml",
                "README.md",
                ".finance.yaml",
                ".#finance.camel.yaml",
                "finance.camel.yaml.bak",
                "examples/x.yaml"
            })
    void ignoresWhatIsNoRouteFile(String name) throws IOException {
        write("steady.camel.yaml", route("- log: x"));
        write(name, route("- log: y"));
        assertThat(check()).isEmpty();
    }

    @Test
    void warnsOfWrongNamesAlsoWhereNoFileHasARightOne() throws IOException {
        write("finance.yaml", route("- log: x"));
        assertThat(check())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("routes:1: no file here ends in .camel.yaml"))
                .anyMatch(line -> line.startsWith("routes/finance.yaml:1: warning: not loaded"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            textBlock =
                    """
                    *            ~ the value of name starts with *, which YAML reads as an alias; quote the value: name: "*…"
                    *_2026       ~ the value of name starts with *, which YAML reads as an alias; quote the value: name: "*…"
                    *.csv        ~ the value of name starts with *, which YAML reads as an alias; quote the value: name: "*…"
                    @daily       ~ the value of name starts with @, which YAML reads as a reserved character; quote the value: name: "@…"
                    %d           ~ the value of name starts with %, which YAML reads as a directive; quote the value: name: "%…"
                    {{a.key}}    ~ the value of name starts with {, which YAML reads as a map; quote the value: name: "{…"
                    {{a.key}}_x  ~ the value of name starts with {, which YAML reads as a map; quote the value: name: "{…"
                    |x           ~ the value of name starts with |, which YAML reads as a block of text; quote the value: name: "|…"
                    a: b         ~ the value of name contains ': ', which YAML reads as another key; quote the value: name: "…"
                    """)
    void explainsAValueThatNeedsQuotes(String value, String message) throws IOException {
        write("a.camel.yaml", route("- to:", "    uri: log:x", "    parameters:", "      name: " + value));
        assertThat(check()).containsExactly("routes/a.camel.yaml:9: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            textBlock =
                    """
                    ]x   ~ the value of name starts with ], which YAML reads as the end of a list; quote the value: name: "]…"
                    - x  ~ the value of name starts with -, which YAML reads as an entry of a list; quote the value: name: "-…"
                    &x   ~ this value starts with &, which YAML reads as an anchor and not as part of the value; quote the value: "&…"
                    !p_* ~ this value starts with !, which YAML reads as a tag and not as part of the value; quote the value: "!…"
                    &x y ~ warning: this value starts with &, which YAML reads as an anchor and not as part of the value; quote the value: "&…"
                    !p y ~ warning: this value starts with !, which YAML reads as a tag and not as part of the value; quote the value: "!…"
                    """)
    void explainsAValueOfWhichYamlDropsAPart(String value, String message) throws IOException {
        write("a.camel.yaml", route("- to:", "    uri: log:x", "    parameters:", "      name: " + value));
        assertThat(check()).contains("routes/a.camel.yaml:9: " + message);
    }

    /** What a newcomer writes: each with the line of the mistake, and what was probably meant. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            textBlock =
                    """
                    - setbody:|    constant: x ~ 6: there is no step setbody; did you mean setBody?
                    - to:|    uri: log:x|  parameters:|    showAll: true ~ 6: parameters is beside to, not in it; indent it and the lines below it further
                    - to:|    uri: log:x|- log: a|  setBody:|    constant: x ~ 8: two steps are in one list entry here; start each with '- '
                    - to:|    uri: file:out|    parameters:|      filName: x ~ 9: unknown option filName; did you mean fileName?
                    - to:|    uri: file:out|    parameters:|      nothingLikeIt: x ~ 9: unknown option nothingLikeIt; correct its name or remove it
                    - to:|    uri: log:x|    paramters:|      showAll: true ~ 8: paramters is not a key that can stand here; did you mean parameters?
                    - to:|    uri: file:out|    parameters:|      bufferSize: many ~ 6: bufferSize=many is not a number; write digits only
                    - to: "jms:queue:a?connectionFactory=#bean:conections" ~ 6: there is no bean conections; correct its name, or define it under '- beans:'
                    """)
    void explainsAMistakeWithItsLineAndWhatWasProbablyMeant(String steps, String message) throws IOException {
        write("a.camel.yaml", route(steps.split("\\|")));
        assertThat(check()).containsExactly("routes/a.camel.yaml:" + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            textBlock =
                    """
                    ${header.a} nott regex 'x'         ~ the expression cannot be read from here on: nott regex 'x'
                    ${header.a} does not contain 'x'   ~ the expression cannot be read from here on: does not contain 'x'
                    ${header.a} == 'x                  ~ the expression ends too early: ${header.a} == 'x
                    """)
    void showsWhereAnExpressionCannotBeRead(String expression, String message) throws IOException {
        write(
                "a.camel.yaml",
                route(
                        "- filter:",
                        "    expression:",
                        "      simple:",
                        "        expression: \"" + expression + "\"",
                        "    steps:",
                        "      - log: x"));
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:9: " + message
                        + "; check its operator, quotes and braces (docs/routes.md, \"Filters and expressions\")");
    }

    @Test
    void warnsOfAHeaderThatNoExportHas() throws IOException {
        write(
                "a.camel.yaml",
                route(
                        "- setHeader: {name: ExportOwn, expression: {constant: {expression: x}}}",
                        "- log: \"${header.ExportOwn} ${header.exportname} ${headers.ExportId} ${header.Other}\"",
                        "- log: \"${header.ExportNam}\"",
                        "- log: \"${headers[ExportWhatever]}\""));
        assertThat(check())
                .hasSize(2)
                .anyMatch(line ->
                        line.endsWith(":8: warning: no export has a header ExportNam, so it is empty here; did you"
                                + " mean ExportName?"))
                .anyMatch(
                        line -> line.contains(":9: warning: no export has a header ExportWhatever, so it is empty here;"
                                + " write one of ExportAttempt, "));
    }

    @Test
    void warnsWhereADirectoryReceivesALinkInsteadOfTheFile() throws IOException {
        String link =
                """
                - route:
                    id: a
                    from:
                      uri: exports:a
                      %s
                      steps:
                        %s
                        - to: "file:out?tempPrefix=."
                """;
        write("a.camel.yaml", link.formatted("", "- log: x"));
        assertThat(check())
                .containsExactly(
                        "routes/a.camel.yaml:8: warning: this endpoint receives a link to the file in JSON, not"
                                + " the file; set payload: file at exports:");
        write("a.camel.yaml", link.formatted("parameters: {payload: file}", "- log: x"));
        assertThat(check()).isEmpty();
        write("a.camel.yaml", link.formatted("", "- setBody: {constant: {expression: x}}"));
        assertThat(check()).isEmpty();
    }

    @Test
    void acceptsAnAnchorThatAnAliasRefersToAndTypesOfYaml() throws IOException {
        write("a.camel.yaml", route("- log: &text x", "- log: *text", "- log: !!str 7", "- log: \"&x !y\""));
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"# later\n", "\n\n# later\n\n", "---\n", "[]\n", "{}\n", "~\n"})
    void reportsAFileThatDefinesNothing(String text) throws IOException {
        write("a.camel.yaml", text);
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:1: defines nothing; write a route, or remove the file");
        assertThat(new RouteFiles(directory).structureFaults()).as("at start").hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void reportsATextThatCamelWouldIgnoreOrMisread(String text, String fault) throws IOException {
        write("a.camel.yaml", text);
        assertThat(check()).containsExactly("routes/a.camel.yaml:" + fault);
    }

    static Stream<Arguments> texts() {
        String list = "; write '- route:' and indent the lines below it";
        String begin = "; begin the file with '- route:' and indent the lines below it";
        String top = " cannot stand at the top of a route file; write '- route:', or put it under the steps of a route";
        return Stream.of(
                Arguments.of(
                        "# a\nroute:\n  id: a\n  from:\n    uri: direct:a\n",
                        "2: route: is not in a list, so Camel would ignore it" + list),
                Arguments.of(
                        "from:\n  uri: direct:a\n",
                        "1: from: is not in a list, so Camel would ignore it" + list.replace("route", "from")),
                Arguments.of(
                        "routes:\n  - route:\n      id: a\n",
                        "1: routes: is not in a list, so Camel would ignore it; remove this line, and"
                                + begin.substring(1)),
                Arguments.of(
                        "{\"x\": 1}\n",
                        "1: x: is not in a list, so Camel would ignore it; remove this line, and" + begin.substring(1)),
                Arguments.of("<routes/>\n", "1: this text is not a list of routes" + begin),
                Arguments.of("- text\n", "1: this entry defines nothing; write '- route:'"),
                Arguments.of("\n-\n", "2: this entry defines nothing; write '- route:'"),
                Arguments.of("- rout:\n    id: a\n", "1: rout" + top),
                Arguments.of("- log: x\n", "1: log" + top),
                Arguments.of(
                        "- route-configuration:\n    id: a\n",
                        "1: route-configuration cannot stand at the top of a route file; write '- routeConfiguration:'"),
                Arguments.of(
                        "- Route:\n    id: a\n", "1: Route cannot stand at the top of a route file; write '- route:'"),
                Arguments.of("- to:\n    uri: log:x\n", "1: to" + top),
                Arguments.of("- route:\n", "1: route is empty; indent the lines below it, or remove it"),
                Arguments.of(
                        "- route:\n  id: a\n  from:\n    uri: direct:a\n",
                        "2: id is beside route, not in it; indent it further, or begin another entry with '- '"),
                Arguments.of(
                        route("- log: x") + "---\n" + route("- log: y"),
                        "8: a second YAML document begins here; remove the line '---' above it, so that the file is one"
                                + " list"),
                Arguments.of(
                        "- route:\n    id: [a\n    from:\n      uri: direct:a\n",
                        "2: the [ that opens in this line is not closed; close it, or put the value in quotes"),
                Arguments.of(
                        route("- log:", "    message: {x", "- log: y"),
                        "7: the { that opens in this line is not closed; close it, or put the value in quotes"),
                Arguments.of(
                        route("- log: \"x", "- log: y"),
                        "6: the quote that opens in this line is not closed; close it"),
                Arguments.of(
                        route("- log: 'x", "- log: y"), "6: the quote that opens in this line is not closed; close it"),
                Arguments.of(
                        route("- log: \"x\" y"),
                        "6: the value ends at its closing quote, but text follows it; put the quotes around all of it"),
                Arguments.of(
                        route("- log: \"\\q\""),
                        "6: in double quotes, \\ starts an escape, and this one does not exist; write \\\\, or use single"
                                + " quotes"),
                Arguments.of(
                        route("- to:", "    uri: log:x", "   parameters: {}"),
                        "8: the indentation of this line does not match the lines above it; align it with the keys of"
                                + " its block"),
                Arguments.of(
                        route("- log:", "    message: x", "\tlevel: WARN"),
                        "8: this line is indented with a tab, which YAML does not allow; use spaces"),
                Arguments.of(
                        route("- log: x\u0007y"),
                        "6: this line contains the character U+0007, which YAML does not allow; remove it"),
                Arguments.of(
                        route("- log: x\0y"),
                        "1: contains the character NUL, so it is not a text; write it again, in UTF-8"),
                Arguments.of(
                        route("- to: \"file:x?fileName=a\\0b\""),
                        "6: the URI of this endpoint contains the character U+0000, which no URI can contain;"
                                + " percent-encode it, or put the option under parameters"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE"})
    void namesTheEncodingOfAFileThatIsNotInUtf8(String charset) throws IOException {
        Files.writeString(directory.resolve("a.camel.yaml"), route("- log: x"), Charset.forName(charset));
        assertThat(check()).containsExactly("routes/a.camel.yaml:1: is in UTF-16; save it in UTF-8");
    }

    @Test
    void acceptsAByteOrderMarkMarksOfOneDocumentAndEveryDefinitionOfCamel() throws IOException {
        write("a.camel.yaml", "\uFEFF---\n" + route("- log: x") + "...\n");
        write("b.camel.yaml", "- beans:\n    - name: b\n      type: java.util.Date\n");
        write("c.camel.yaml", "- routeConfiguration:\n    id: c\n");
        write("d.camel.yaml", "- from:\n    uri: direct:d\n    steps:\n      - log: x\n");
        write(
                "e.camel.yaml",
                "apiVersion: camel.apache.org/v1\nkind: Integration\nmetadata:\n  name: e\nspec:\n  flows:\n"
                        + "  - from:\n      uri: direct:e\n      steps:\n      - log: x\n");
        assertThat(check()).isEmpty();
        assertThat(new RouteFiles(directory).structureFaults()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({".f.camel.yaml, f.camel.yaml", "._f.camel.yaml, _f.camel.yaml", "..f.camel.yaml, f.camel.yaml"})
    void warnsOfAHiddenFileAndDoesNotLoadIt(String name, String rightName) throws IOException {
        write("steady.camel.yaml", route("- log: x"));
        write(name, "- nonsense:\n");
        assertThat(check())
                .containsExactly(
                        "routes/" + name + ":1: warning: not loaded, because its name starts with '.'; rename it"
                                + " to " + rightName + ", or move it out of routes");
        assertThat(new RouteFiles(directory).list()).hasSize(1);
    }

    @Test
    void reportsAMissingKeyInTheLineInWhichItStands() throws IOException {
        write(
                "a.camel.yaml",
                """
                - route:
                    id: a
                    from:
                      uri: timer:a
                      parameters:
                        delay: 0
                        period: "{{a.period}}"
                      steps:
                        - toD:
                            uri: log:x
                            parameters:
                              level: INFO
                              marker: "{{a.marker}}"
                """);
        assertThat(check())
                .containsExactly(
                        missing("routes/a.camel.yaml:7", "a.period"), missing("routes/a.camel.yaml:13", "a.marker"));
    }

    @Test
    void showsNoPasswordThatNeedsQuotes() throws IOException {
        write("a.camel.yaml", route("- to:", "    uri: log:x", "    parameters:", "      password: @s3cret: x"));
        assertThat(check()).singleElement().asString().doesNotContain("s3cret");
    }

    @Test
    void explainsATabThatIndents() throws IOException {
        write("a.camel.yaml", "- route:\n\tid: a\n");
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:2: this line is indented with a tab, which YAML does not allow;"
                        + " use spaces");
    }

    @Test
    void warnsOfAKeyThatABlockHasTwice() throws IOException {
        write(
                "a.camel.yaml",
                """
                - route:
                    id: a
                    id: b
                    from:
                      uri: direct:a
                      steps:
                        - to:
                            uri: log:x
                            parameters:
                              level: INFO
                            parameters:
                              showBody: true
                              level: WARN
                              level: ERROR
                      steps:
                        - log: y
                """);
        String rest = " of the same block, which can have it once; remove one of the two";
        assertThat(check())
                .containsExactly(
                        "routes/a.camel.yaml:3: warning: id is already in line 2" + rest,
                        "routes/a.camel.yaml:11: warning: parameters is already in line 9" + rest,
                        "routes/a.camel.yaml:14: warning: level is already in line 13" + rest,
                        "routes/a.camel.yaml:15: warning: steps is already in line 6" + rest);
        assertThat(new RouteFiles(directory).warnings()).as("at start").hasSize(4);
    }

    @Test
    void acceptsKeysThatAreRepeatedInAnotherBlock() throws IOException {
        write("a.camel.yaml", route("- log: x", "- log: y", "- to: log:z"));
        assertThat(check()).isEmpty();
    }

    @Test
    void explainsTwoStepsInOneListEntry() throws IOException {
        write("a.camel.yaml", route("- to: log:x", "  log: y"));
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:6: two steps are in one list entry here; start each with '- '");
    }

    @Test
    void reportsEveryKeyWithoutAValueOfEveryFileOnce() throws IOException {
        write(
                "a.camel.yaml",
                route(
                        "- to:",
                        "    uri: \"file:{{a.directory}}\"",
                        "    parameters:",
                        "      fileName: \"{{a.name}}\"",
                        "      tempPrefix: \"{{?a.optional}}{{a.default:x}}\"",
                        "- setHeader:",
                        "    name: \"{{a.header}}\"",
                        "    expression:",
                        "      constant:",
                        "        expression: \"{{a.directory}} {{a.value}}\"",
                        "- log: x # {{a.comment}}"));
        write(
                "b.camel.yaml",
                route("- log: \"{{b.message}}\"").replace("id: a", "id: b\n    description: \"{{b.note}}\""));
        assertThat(check())
                .containsExactly(
                        missing("routes/a.camel.yaml:7", "a.directory"),
                        missing("routes/a.camel.yaml:9", "a.name"),
                        missing("routes/a.camel.yaml:12", "a.header"),
                        missing("routes/a.camel.yaml:15", "a.value"),
                        missing("routes/b.camel.yaml:7", "b.message"));
    }

    @Test
    void reportsKeysWithoutAValueAlsoWhereTheFileCannotBeRead() throws IOException {
        write("a.camel.yaml", route("- to: \"file:{{a.directory}}\"", "- loop:", "    nonsense: \"{{a.other}}\""));
        assertThat(check())
                .hasSize(3)
                .contains(missing("routes/a.camel.yaml:6", "a.directory"), missing("routes/a.camel.yaml:8", "a.other"));
    }

    @Test
    void namesTheMisspeltKeyThatIsSetInsteadOfTheMissingOne() throws IOException {
        write("a.camel.yaml", route("- to: \"file:{{archive.directry}}\""));
        assertThat(check())
                .contains("routes/a.camel.yaml:6: {{archive.directry}} has no value; application.properties sets"
                        + " archive.directory: correct the name of one of the two")
                .anyMatch(line -> line.startsWith("application.properties:")
                        && line.contains(": warning: archive.directory is used by no route, but archive.directry is"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "username: relay",
                "password: \"{{?a.password}}\"",
                "privateKeyFile: \"\"",
                "password: \"{{a.password:}}\""
            })
    void warnsOfAnSftpServerWithoutPasswordAndKey(String option) throws IOException {
        write("a.camel.yaml", route("- to:", "    uri: sftp://h/d", "    parameters:", "      " + option));
        assertThat(check())
                .singleElement()
                .asString()
                .startsWith("routes/a.camel.yaml:6: warning: this endpoint has neither a password nor a private key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id_missing", "/nowhere/id_ed25519"})
    void warnsOfAPrivateKeyFileThatIsMissing(String file) throws IOException {
        write(
                "a.camel.yaml",
                route("- to:", "    uri: sftp://h/d", "    parameters:", "      privateKeyFile: " + file));
        assertThat(check())
                .singleElement()
                .asString()
                .startsWith("routes/a.camel.yaml:6: warning: the private key file " + file + " does not exist");
    }

    @Test
    void warnsOfAStepThatEncryptsInMemory() throws IOException {
        write(
                "a.camel.yaml",
                encrypted("x")
                        .replace("        encryptTo: \"x\"\n", "")
                        .replace(
                                "steps:\n",
                                "steps:\n        - marshal:\n            pgp: {keyFileName: x, keyUserid: x}\n"));
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:8: warning: this step holds the encrypted file in memory, and the"
                        + " ledger does not know its checksum and its name; remove the step, and set encryptTo at"
                        + " exports:");
    }

    @Test
    void warnsOfPgpKeysThatCannotBeUsedAndAcceptsThoseThatCan() throws IOException {
        Path partner = PgpTestKey.of("Partner").writePublic(directory.resolve("partner.asc"));
        write("a.camel.yaml", encrypted(partner + ", nowhere/archive.asc"));
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:4: warning: the PGP key file nowhere/archive.asc cannot be read"
                        + " (nowhere/archive.asc: no such file or directory); correct its path or its rights");
        PgpTestKey.of("Partner")
                .endingAt(Instant.now().minus(Duration.ofDays(1)))
                .writePublic(partner);
        write("a.camel.yaml", encrypted(partner.toString()));
        assertThat(check())
                .singleElement()
                .asString()
                .matches(
                        "routes/a.camel.yaml:4: warning: the PGP key of Partner \\(\\w+\\) in routes/partner.asc ended on .*"
                                + "; ask its owner for the current key, and replace the file");
        PgpTestKey.of("Partner").writePublic(partner);
        assertThat(check()).isEmpty();
    }

    private static String encrypted(String encryptTo) {
        return """
                - route:
                    id: a
                    from:
                      uri: exports:partner
                      parameters:
                        payload: file
                        encryptTo: "%s"
                      steps:
                        - to: file:/srv/x?tempPrefix=.
                """
                .formatted(encryptTo);
    }

    @Test
    void namesTheKeysThatSetPasswordAndPrivateKey() throws IOException {
        write(
                "a.camel.yaml",
                route(
                        "- to:",
                        "    uri: sftp://h/d",
                        "    parameters:",
                        "      password: \"{{?a.password}}\"",
                        "      privateKeyFile: \"{{?a.key-file}}\""));
        assertThat(check()).singleElement().asString().endsWith("; set a.password or a.key-file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sftp://h/d?password=x",
                "sftp://relay:x@h/d",
                "sftp://h/d?privateKeyFile=/dev/null",
                "sftp://h/d?privateKeyUri=classpath:k",
                "ftp://h/d",
            })
    void acceptsAPasswordOrAKeyHoweverItIsSet(String uri) throws IOException {
        write("a.camel.yaml", route("- to: " + uri));
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'', archive", "/, other", "link/, elsewhere/deep", "elsewhere/../, x"})
    void warnsOfADirectoryThatInstancesOnOnePostgresqlLedgerDoNotShare(String detour, String name) throws IOException {
        instances("jdbc:postgresql://db/relay");
        Path data = directory.resolve("data");
        String target = data + "/" + name;
        if (detour.equals("link/")) {
            Files.createSymbolicLink(directory.resolve("link"), data);
            target = directory + "/link/" + name;
        } else if (detour.startsWith("elsewhere")) {
            target = directory + "/elsewhere/../data/" + name;
        }
        write("a.camel.yaml", route("- to: file:" + target));
        assertThat(check())
                .singleElement()
                .asString()
                .startsWith("routes/a.camel.yaml:6: warning: the directory ")
                .contains("/" + name + " is in relay.data-dir (")
                .endsWith(
                        "so each of them would have only the files that it delivered; change it to a directory outside"
                                + " relay.data-dir that all instances mount");
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:sqlite:data/ledger.db, data/archive",
        "jdbc:postgresql://db/relay, archive",
        "jdbc:postgresql://db/relay, data-archive",
        "jdbc:postgresql://db/relay, data/shared/deep"
    })
    void acceptsADirectoryThatIsOrMayBeShared(String ledger, String name) throws IOException {
        instances(ledger);
        Files.createDirectories(directory.resolve("mounted"));
        Files.createSymbolicLink(directory.resolve("data/shared"), directory.resolve("mounted"));
        write("a.camel.yaml", route("- to: file:" + directory.resolve(name)));
        assertThat(check()).isEmpty();
    }

    @Test
    void warnsOfEachUnsharedDirectoryOfTheRoutesThatRun() throws Exception {
        instances("jdbc:postgresql://db/relay");
        context.getPropertiesComponent()
                .addOverrideProperty(
                        "a.directory", directory.resolve("data/archive").toString());
        String text = route(
                "- to: \"file:{{a.directory}}\"",
                "- to: file:" + directory.resolve("data/second"),
                "- to: file:" + directory.resolve("elsewhere"));
        write("a.camel.yaml", text);
        context.setSourceLocationEnabled(true);
        context.start();
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(ResourceHelper.fromString("file:" + directory.resolve("a.camel.yaml"), text));
        assertThat(new RouteCheck(context).warningsAboutRunning(new RouteFiles(directory)))
                .extracting(RouteFault::toString)
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains(
                                        "a.camel.yaml:6: warning: the directory ", "data/archive is in relay.data-dir")
                                .contains("; set a.directory to a directory outside relay.data-dir"),
                        line -> assertThat(line).contains("a.camel.yaml:7: warning: ", "data/second is in"));
    }

    private void instances(String ledger) throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        context.getPropertiesComponent().addOverrideProperty("relay.data-dir", data.toString());
        context.getPropertiesComponent().addOverrideProperty("relay.ledger.url", ledger);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "latest.csv.gz",
                "${header.ExportCreatedAt.substring(0,10)}_${header.ExportName}.csv.gz",
                "$simple{header.ExportName}.csv.gz",
                "${header.ExportFile}",
                "${header.ExportId}.csv.gz",
                "${file:name.noext}.csv.gz",
                "${header.CamelFileName.substring(0,10)}.csv.gz",
                "${date:now:yyyyMMdd}.csv.gz"
            })
    void warnsOfANameThatTwoFilesCanHave(String name) throws IOException {
        for (String scheme : new String[] {"file:/archive", "sftp://u:p@h/d", "ftp://h/d"}) {
            write(
                    "a.camel.yaml",
                    delivering(
                            "",
                            "- to:",
                            "    uri: " + scheme,
                            "    parameters:",
                            "      tempPrefix: .x",
                            "      fileName: \"" + name + "\""));
            assertThat(check())
                    .containsExactly("routes/a.camel.yaml:8: warning: fileName=" + name
                            + ": two files can have the same name here, and the second is then parked; add"
                            + " ${header.CamelFileName}, which is unique, or set overwrite=true at exports:daily if the"
                            + " latest file is to replace the others");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${header.CamelFileName}",
                "in/${header[CamelFileName]}.part${header.Companion}",
                "${file:name}",
                "${file:name.noext.single}.gz",
                "${header.ExportId}/${header.ExportFile}",
                "${header.ExportDeliveryId}.csv.gz",
                "${exchangeId}.csv.gz"
            })
    void acceptsANameThatOnlyOneFileHas(String name) throws IOException {
        write(
                "a.camel.yaml",
                delivering(
                        "",
                        "- to:",
                        "    uri: file:/archive",
                        "    parameters:",
                        "      tempPrefix: .x",
                        "      fileName: \"" + name + "\""));
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Append", "Move"})
    void acceptsRepeatedNamesWhereNothingIsReplaced(String exist) throws IOException {
        String moving = "Move".equals(exist) ? "      moveExisting: old" : "      autoCreate: true";
        write(
                "a.camel.yaml",
                delivering(
                        "",
                        "- to:",
                        "    uri: file:/archive",
                        "    parameters:",
                        "      fileName: latest",
                        "      fileExist: " + exist,
                        moving));
        assertThat(check()).noneMatch(line -> line.contains("same name"));
    }

    @Test
    void acceptsRepeatedNamesWithOverwrite() throws IOException {
        write(
                "a.camel.yaml",
                delivering("        overwrite: true\n", "- to: file:/archive?tempPrefix=.x&fileName=latest.csv.gz"));
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"CamelFileName", "CamelOverruleFileName", "CamelAwsS3Key"})
    void warnsOfAHeaderThatGivesTwoFilesOneName(String header) throws IOException {
        write(
                "a.camel.yaml",
                delivering(
                        "",
                        "- setHeader:",
                        "    name: " + header,
                        "    expression:",
                        "      simple:",
                        "        expression: \"{{no.such.key:daily/$simple{header.ExportName}}}\"",
                        "- setHeaders:",
                        "    headers:",
                        "      - name: " + header,
                        "        expression:",
                        "          constant:",
                        "            expression: latest"));
        assertThat(check())
                .hasSize(2)
                .anyMatch(line -> line.contains(header + "=daily/$simple{header.ExportName}: two files"))
                .anyMatch(line -> line.contains(header + "=latest: two files"));
    }

    @Test
    void warnsOfANameInARouteThatADestinationCallsAndInNoOther() throws IOException {
        String called =
                """
                - route:
                    id: called
                    from:
                      uri: direct:upload
                      steps:
                        - to: file:/archive?tempPrefix=.x&fileName=latest.csv.gz
                """;
        write("a.camel.yaml", delivering("", "- to: direct:upload") + called);
        assertThat(check())
                .singleElement()
                .asString()
                .contains(":14: warning: fileName=latest.csv.gz")
                .contains("exports:daily");
        write("a.camel.yaml", called);
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"alert-on-failed-exports.camel.yaml", "renamed.camel.yaml"})
    void namesTheNewRouteForTheAlertRouteOfVersion010(String name) throws IOException {
        Path old = Path.of("src/test/resources/version-0.1.0/examples/alert-on-failed-exports.camel.yaml");
        context.getRegistry().bind("failedExports", new FailedExports(() -> null));
        context.getRegistry().bind("exportsApi", (HttpClientConfigurer) builder -> {});
        context.getRegistry().bind("exportsJson", new ObjectMapper());
        write(
                name,
                Files.readString(old)
                        .replace("{{alert.period}}", "15m")
                        .replace("{{alert.to}}", "log:alert")
                        .replace("{{relay.api.url}}", "https://api.example"));
        assertThat(check())
                .singleElement()
                .asString()
                .startsWith("routes/" + name + ":")
                .contains("of version 0.1.0 is gone; replace this file by")
                .contains("routes/examples/alert-on-failed-exports.camel.yaml")
                .contains("routes/examples/poll-failed-exports.camel.yaml");
    }

    @Test
    void refusesTwoRoutesOfOneNameThatReadEvents() throws IOException {
        write("a.camel.yaml", reading("a", "mail"));
        write("b.camel.yaml", reading("b", "chat"));
        assertThat(check()).isEmpty();
        write("b.camel.yaml", reading("b", "mail"));
        assertThat(check())
                .containsExactly("routes/b.camel.yaml:4: the name export-events:mail is already in routes/a.camel.yaml;"
                        + " give each route one of its own");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            textBlock =
                    """
                    kinds: destination-dwon ~ 'destination-dwon' is not a kind of event; did you mean destination-down?
                    kinds: parked,failed    ~ 'failed' is not a kind of event; write attempt-failed, parked,
                    digest: 0s              ~ export-events:mail: digest=PT0S: write a duration such as 1h
                    destination: ''         ~ export-events:mail: destination=: write a name, or a glob such as partner-*
                    payload: xml            ~ xml is not one of the values that this option takes: json, text
                    """)
    void explainsAWrongOptionOfARouteThatReadsEvents(String option, String message) throws IOException {
        write(
                "a.camel.yaml",
                reading("a", "mail")
                        .replace("      steps:", "      parameters:\n        " + option + "\n      steps:"));
        assertThat(check()).singleElement().asString().contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            textBlock =
                    """
                    dialy     ~ did you mean daily?
                    partner-* ~ write a name of exports:NAME, or a glob such as partner-*
                    archive   ~ write a name of exports:NAME, or a glob such as partner-*
                    """)
    void warnsOfARouteThatReadsEventsOfNoDestination(String name, String hint) throws IOException {
        write("a.camel.yaml", delivering("", "- log: x"));
        write("b.camel.yaml", readingWith("destination: \"" + name + "\""));
        assertThat(check())
                .containsExactly("routes/b.camel.yaml:4: warning: no route delivers to destination=" + name
                        + ", so this route receives nothing; " + hint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            textBlock =
                    """
                    dialy    ~ no route delivers to of=dialy, so this route receives no manifest; did you mean daily?
                    partner  ~ no route delivers to of=partner, so this route receives no manifest; write a name of exports:NAME
                    other    ~ of=other delivers manifests itself, so this route receives nothing; write the destination that receives the files
                    """)
    void warnsOfManifestsThatNeverCome(String of, String message) throws IOException {
        write("a.camel.yaml", selecting("daily", "payload: file"));
        write("b.camel.yaml", selecting("other", "payload: manifest", "of: daily"));
        write("c.camel.yaml", selecting("c", "payload: manifest", "of: " + of));
        assertThat(check()).containsExactly("routes/c.camel.yaml:4: warning: " + message);
    }

    @Test
    void warnsOfManifestsAsOfFiles() throws IOException {
        write("a.camel.yaml", selecting("daily", "payload: file"));
        write(
                "b.camel.yaml",
                selecting("b", "payload: manifest", "of: daily")
                        .replace("- to: direct:x", "- to: \"file:x?fileName=${header.ExportId}.json\""));
        assertThat(check()).singleElement().asString().contains("readers can see a partial file here");
        write(
                "b.camel.yaml",
                selecting("b", "payload: manifest", "of: daily")
                        .replace("- to: direct:x", "- to: \"file:x?fileName=latest.json&tempPrefix=.\""));
        assertThat(check()).singleElement().asString().contains("fileName=latest.json: two files can have the same");
    }

    private static String selecting(String destination, String... options) {
        return """
                - route:
                    id: %1$s
                    from:
                      uri: exports:%1$s
                      parameters:
                        %2$s
                      steps:
                        - to: direct:x
                """
                .formatted(destination, String.join("\n        ", options));
    }

    @ParameterizedTest
    @ValueSource(strings = {"destination: daily", "destination: \"d*\"", "destination: \"*\"", "kinds: parked"})
    void acceptsARouteThatReadsEventsOfADestination(String option) throws IOException {
        write("a.camel.yaml", delivering("", "- log: x"));
        write("b.camel.yaml", readingWith(option));
        assertThat(check()).isEmpty();
    }

    @Test
    void warnsOfAnAlertOnFailedExportsThatNoRouteFinds() throws Exception {
        context.getRegistry().bind("failedExports", new FailedExports(() -> null));
        write("a.camel.yaml", readingWith("kinds: export-failed"));
        write(
                "b.camel.yaml",
                readingWith("kinds: parked,export-failed")
                        .replace("id: b", "id: c")
                        .replace("mail", "digest"));
        String warning = "routes/a.camel.yaml:4: warning: no route records failed exports, so this route receives"
                + " nothing; copy routes/examples/poll-failed-exports.camel.yaml into routes/";
        assertThat(check()).containsExactly(warning);
        write("c.camel.yaml", route("- bean: {ref: failedExports, method: begin}"));
        assertThat(check()).isEmpty();
    }

    @Test
    void warnsAtTheStartOfARouteThatReadsNoEvents() throws Exception {
        String text = readingWith("destination: dialy").replace("    from:", "    autoStartup: false\n    from:");
        write("b.camel.yaml", text);
        context.setSourceLocationEnabled(true);
        context.start();
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(ResourceHelper.fromString("file:" + directory.resolve("b.camel.yaml"), text));
        assertThat(new RouteCheck(context).warningsAboutRunning(new RouteFiles(directory)))
                .singleElement()
                .asString()
                .contains("b.camel.yaml:5: warning: no route delivers to destination=dialy, ");
    }

    private static String readingWith(String option) {
        return reading("b", "mail").replace("      steps:", "      parameters:\n        " + option + "\n      steps:");
    }

    private static String reading(String id, String name) {
        return """
                - route:
                    id: %s
                    from:
                      uri: export-events:%s
                      steps:
                        - log: x
                """
                .formatted(id, name);
    }

    /** A destination's route with these steps, the first of them in line 8 without options. */
    private static String delivering(String options, String... steps) {
        return """
                - route:
                    id: a
                    from:
                      uri: exports:daily
                      parameters:
                        payload: file
                """
                + options
                + "      steps:\n        "
                + String.join("\n        ", steps)
                + "\n";
    }

    private static String missing(String place, String key) {
        return place + ": {{" + key + "}} has no value; set " + key
                + " in application.properties, which is read at start";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '^',
            textBlock =
                    """
                    - to: slack:general                      ~ component slack              ~ camel-quarkus-slack
                    - to: azure-storage-queue:account/box     ~ component azure-storage-queue ~ camel-quarkus-azure-storage-queue
                    - to: google-storage:bucket              ~ component google-storage     ~ camel-quarkus-google-storage
                    - to: aws2-sqs:queue                     ~ component aws2-sqs           ~ camel-quarkus-aws2-sqs
                    - to: nats:topic                         ~ component nats               ~ camel-quarkus-nats
                    - wireTap:/    uri: azure-servicebus:queue ~ component azure-servicebus   ~ camel-quarkus-azure-servicebus
                    - marshal:/    zipFile: {}               ~ data format zipFile          ~ camel-quarkus-zipfile
                    - marshal:/    cbor: {}                  ~ data format cbor             ~ camel-quarkus-cbor
                    - marshal:/    json: {library: Gson}     ~ data format gson             ~ camel-quarkus-gson
                    - unmarshal:/    jacksonXml: {}          ~ data format jacksonXml       ~ camel-quarkus-jacksonxml
                    - setBody:/    jsonpath: {expression: $} ~ language jsonpath            ~ camel-quarkus-jsonpath
                    - setBody:/    groovy: {expression: 1}   ~ language groovy              ~ camel-quarkus-groovy
                    """)
    void namesTheExtensionThatARouteNeeds(String step, String what, String artifact) throws IOException {
        write("a.camel.yaml", route(step.split("/(?= )")));
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:6: this program does not have the " + what + "; add " + artifact
                        + " and build it again, see 'Add a Camel extension' in docs/install.md");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- toD: slack:${header.channel}",
                "- toD: slack:general",
                "- wireTap:/    uri: slack:${header.channel}"
            })
    void warnsOfAnExtensionThatIsMissingOnlyWhenAMessageIsSent(String step) throws IOException {
        write("a.camel.yaml", route(step.split("/(?= )")));
        assertThat(check())
                .containsExactly("routes/a.camel.yaml:6: warning: this program does not have the component slack; add"
                        + " camel-quarkus-slack and build it again, see 'Add a Camel extension' in docs/install.md");
        String[] ignoring = Stream.of("# export-relay: ignore missing-extension", step)
                .flatMap(line -> Stream.of(line.split("/(?= )")))
                .toArray(String[]::new);
        write("a.camel.yaml", route(ignoring));
        assertThat(check()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"- to: slakc:general", "- to: ../x:y", "- to: relay-of-our-own:x"})
    void namesNoExtensionForAComponentThatNoneHas(String step) throws IOException {
        write("a.camel.yaml", route(step));
        assertThat(check()).singleElement().asString().doesNotContain("camel-quarkus");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- marshal: {gzipDeflater: {}}",
                "- unmarshal: {gzipDeflater: {}}",
                "- marshal: {zipDeflater: {}}",
                "- marshal: {csv: {delimiter: ;}}",
                "- unmarshal: {csv: {}}",
                "- toD: log:${header.x}",
                "- toD: ${header.endpoint}"
            })
    void acceptsWhatTheProgramHas(String step) throws IOException {
        write(
                "a.camel.yaml",
                route(step.replaceFirst("delimiter: ;", "delimiter: \";\"")
                        .replaceFirst("- toD: (\\$.*)", "- toD: \"$1\"")));
        assertThat(check()).isEmpty();
    }

    private List<String> check() {
        return new RouteCheck(context)
                .check(new RouteFiles(directory)).faults().stream()
                        .map(fault -> fault.toString().replace(directory.toString(), "routes"))
                        .toList();
    }

    private void write(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    /** A route with these steps, the first of them in line 6. */
    private static String route(String... steps) {
        return """
                - route:
                    id: a
                    from:
                      uri: direct:a
                      steps:
                """
                + "        " + String.join("\n        ", steps) + "\n";
    }
}

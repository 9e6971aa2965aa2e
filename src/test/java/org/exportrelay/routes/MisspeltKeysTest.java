package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.exportrelay.config.SettingsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MisspeltKeysTest {

    private static final List<RouteFile> ROUTES = List.of(new RouteFile(
            Path.of("routes/a.camel.yaml"),
            """
            # {{comment.only}}
            - route:
                from:
                  uri: "exports:a?parallel={{sftp.parallel:4}}"
                  steps:
                    - to: "file:{{archive.directory}}"
                    - to: "sftp:{{sftp.host}}?password={{?sftp.password}}"
                    - to: "file:{{queue1.directory}}"
            """,
            null));

    @ParameterizedTest
    @CsvSource({
        "archive.directroy, archive.directory",
        "archive.directoy, archive.directory",
        "acrhive.directory, archive.directory",
        "archive-directory, archive.directory",
        "sftp.pasword, sftp.password",
        "sftp.Password, sftp.password",
        "stfp.parallel, sftp.parallel"
    })
    void findsTheKeyThatWasMeant(String key, String meant) {
        assertThat(in("# a comment\n" + key + " = x\n"))
                .containsExactly("application.properties:2: warning: " + key + " is used by no route, but " + meant
                        + " is; correct the name or remove the line");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "archive.directory=x",
                "queue2.directory=x",
                "smtp.password=x\nsmtp.host=x",
                "jms.queue=x",
                "relay.http.port=1",
                "alert.to=smtp:x?password={{smtp.password}}\nsmtp.password=x",
                "archive.directory=${archive.director}/x\narchive.director=x"
            })
    void leavesOtherKeysAlone(String properties) {
        assertThat(in(properties)).isEmpty();
    }

    @Test
    void doesNotTakeAKeyOfACommentForUsed() {
        assertThat(in("comment.onyl=x")).isEmpty();
    }

    private static List<String> in(String properties) {
        return MisspeltKeys.in(SettingsFile.of(properties), ROUTES).stream()
                .map(RouteFault::toString)
                .toList();
    }
}

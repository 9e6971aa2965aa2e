package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskedRouteTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password: s3cr3t-1",
                "password: \"s3cr3t-1\"",
                "  - password: 's3cr3t-1' # the partner's",
                "\"password\": \"s3cr3t-1\"",
                "sslTruststorePassword: s3cr3t-1",
                "accessKey: \"s3cr3t-1\"",
                "secret-key: s3cr3t-1",
                "password: |\n  s3cr3t-1\n  s3cr3t-1",
                "password: >-\n\n    s3cr3t-1",
                "password:\n  s3cr3t-1",
                "saslJaasConfig: 'org.example.Login required username=\"u\" password=\"s3cr3t-1\";'",
                "parameters: {username: u, password: \"s3cr3t-1\"}",
                "parameters: {\"username\": \"u\", \"password\": 's3cr3t-1'}",
                "uri: \"sftp:partner/inbox?username=u&password=s3cr3t-1\"",
                "uri: \"sftp:partner/inbox?password=RAW(s3cr3t-1)\"",
                "uri: \"sftp://u:s3cr3t-1@partner/inbox\"",
                "uri: \"sftp:u:s3cr3t-1@partner/inbox\"",
                "uri: \"https://u:s3cr3t-1@partner/hook\"",
                "authorization: Bearer s3cr3t-1"
            })
    void showsNoSecretThatARouteHasAsALiteral(String yaml) {
        String shown = MaskedRoute.of("from:\n" + yaml + "\nsteps: []\n");
        assertThat(shown).doesNotContain("s3cr3t").startsWith("from:\n").endsWith("\nsteps: []\n");
    }

    @Test
    void showsTheRestAsItIs() {
        String yaml =
                """
                # Sends files to the partner.
                - route:
                    id: deliver-to-sftp
                    from:
                      uri: exports:sftp
                      steps:
                        - to:
                            uri: "sftp:{{sftp.host}}:{{sftp.port}}/{{sftp.directory}}"
                            parameters:
                              username: "{{sftp.username}}"
                              password: "{{sftp.password}}"
                              tempFileName: ".${header.ExportDeliveryId}.${header.ExportAttempt}.part"
                """;
        assertThat(MaskedRoute.of(yaml)).isEqualTo(yaml);
    }
}

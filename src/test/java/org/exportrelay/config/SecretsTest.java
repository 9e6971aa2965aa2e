package org.exportrelay.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    the key dm_sk_live_0123abc is wrong           | the key … is wrong
                    logged in with eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln-_ | logged in with …
                    {"url":"https://x.example/a?X-Goog-S=1&b=2"}  | {"url":"https://x.example/a?…"}
                    https:\\/\\/x.example\\/a?sig=1 failed        | https:\\/\\/x.example\\/a?… failed
                    url=X-Goog-Signature%3Dabc&next               | url=X-Goog-Signature=…&next
                    sftp://h/d?password=hunter22&x=1              | sftp://h/d?password=…&x=1
                    http://h/d authPassword=RAW(a b&c), x         | http://h/d authPassword=…, x
                    trustStorePassword: hunter22                  | trustStorePassword: …
                    Authorization: Bearer abcdef                  | Authorization: Bearer …
                    """)
    void hidesWhatIsSecretAndNothingElse(String text, String masked) {
        assertThat(Secrets.masked(text)).isEqualTo(masked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exports:archive: a.csv.gz: the store answered 503; retrying in 5s (attempt 1 of 10 failed)",
                "set the environment variable DM_API_KEY to your key (dm_sk_live_…)",
                "check that relay.ledger.username and relay.ledger.password fit",
                "is it https://x.example/a?"
            })
    void leavesWhatIsNoSecretAsItIs(String text) {
        assertThat(Secrets.masked(text)).isSameAs(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quarkus.oidc.credentials.secret",
                "quarkus.oidc.credentials.client-secret.value",
                "QUARKUS_OIDC_CREDENTIALS_CLIENT_SECRET_VALUE",
                "quarkus.oidc.token-state-manager.encryption-secret"
            })
    void knowsTheSecretsOfTheLogin(String name) {
        assertThat(Secrets.isSecretName(name)).isTrue();
    }

    @Test
    void hidesWhatWasRegistered() {
        Secrets.register("correct horse");
        Secrets.register("abc");
        assertThat(Secrets.masked("abc says correct horse")).isEqualTo("abc says …");
    }
}

package org.exportrelay.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.exportrelay.config.TestSettings;
import org.exportrelay.testing.IdleServer;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StaleConnectionTest {

    @ParameterizedTest
    @EnumSource(IdleServer.Ending.class)
    void aConnectionThatTheServerEndedWhileItWasIdleCostsNoAttempt(IdleServer.Ending ending) throws Exception {
        try (IdleServer server =
                        new IdleServer("{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\"}}", ending);
                RelayApi api = new RelayApi(
                        TestSettings.of("relay.api.url", server.url().toString(), "relay.api.key", "dm_sk_live_x"));
                LogLines log = LogLines.of(ApiClient.class)) {
            for (int call = 1; call <= 5; call++) {
                assertThat(api.exports().export("e1").exportId()).isEqualTo("e1");
            }
            assertThat(server.connections()).isEqualTo(5);
            assertThat(log.all()).isEmpty();
        }
    }
}

package org.exportrelay.config;

import io.smallrye.config.SmallRyeConfigBuilder;

/** The settings of a test: the defaults and what it says, whatever the machine's environment holds. */
public final class TestSettings {

    private TestSettings() {}

    /**
     * @param keysAndValues {@code relay.api.url, http://…, relay.poll.period, 5s, …}
     */
    public static RelaySettings of(String... keysAndValues) {
        SmallRyeConfigBuilder builder =
                new SmallRyeConfigBuilder().addDefaultInterceptors().withMapping(RelaySettings.class);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            builder.withDefaultValue(keysAndValues[i], keysAndValues[i + 1]);
        }
        return builder.build().getConfigMapping(RelaySettings.class);
    }
}

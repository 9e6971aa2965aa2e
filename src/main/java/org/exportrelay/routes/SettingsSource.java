package org.exportrelay.routes;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import org.apache.camel.Ordered;
import org.apache.camel.spi.PropertiesSource;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * The values of {@code {{keys}}}, from the sources of the settings. Camel asks it before its own source of the same values,
 * of which it reads all hundreds of properties at each lookup, to find the location of one. Thread-safe.
 */
@Singleton
@Unremovable
final class SettingsSource implements PropertiesSource, Ordered {

    @Override
    public String getName() {
        return "settings";
    }

    @Override
    public String getProperty(String name) {
        return ConfigProvider.getConfig().getOptionalValue(name, String.class).orElse(null);
    }

    @Override
    public int getOrder() {
        return HIGHEST;
    }
}

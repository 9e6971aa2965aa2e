package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import java.util.function.Predicate;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.LoadablePropertiesSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SettingsSourceTest {

    private static final String KEY = "settings-source-test.key";

    @AfterEach
    void forget() {
        System.clearProperty(KEY);
    }

    /** Camel reads all properties of a source that it can load, to find the location of the one that it has looked up. */
    @Test
    void aKeyIsLookedUpBeforeSourcesOfWhichAllPropertiesWouldBeRead() throws Exception {
        System.setProperty(KEY, "value");
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            PropertiesComponent properties = (PropertiesComponent) context.getPropertiesComponent();
            properties.setSystemPropertiesMode(0);
            properties.addPropertiesSource(new Loadable());
            context.getRegistry().bind("settings", new SettingsSource());
            assertThat(context.resolvePropertyPlaceholders("{{" + KEY + "}}, {{settings-source-test.none:default}}"))
                    .isEqualTo("value, default");
        }
    }

    private static final class Loadable implements LoadablePropertiesSource {

        @Override
        public String getName() {
            return "loadable";
        }

        @Override
        public String getProperty(String name) {
            return KEY.equals(name) ? "of the other source" : null;
        }

        @Override
        public Properties loadProperties() {
            throw new AssertionError("all properties are read");
        }

        @Override
        public Properties loadProperties(Predicate<String> filter) {
            return loadProperties();
        }

        @Override
        public void reloadProperties(String location) {}
    }
}

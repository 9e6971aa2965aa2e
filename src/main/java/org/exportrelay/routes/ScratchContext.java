package org.exportrelay.routes;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.BeanRepository;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.support.DefaultRegistry;
import org.eclipse.microprofile.config.ConfigProvider;

/** A throw-away Camel context: the relay's beans and settings, components of its own, nothing running. */
final class ScratchContext implements AutoCloseable {

    private final DefaultCamelContext scratch;

    ScratchContext(CamelContext original) {
        scratch = new DefaultCamelContext(new DefaultRegistry(new WithoutComponents(original.getRegistry())));
        scratch.setApplicationContextClassLoader(original.getApplicationContextClassLoader());
        scratch.getCamelContextExtension().setName("route-check");
        scratch.setAutoStartup(false);
        scratch.setSourceLocationEnabled(true);
        scratch.getPropertiesComponent().addPropertiesSource(new Settings());
    }

    DefaultCamelContext context() {
        return scratch;
    }

    /** Why an endpoint cannot be made, or null. */
    String problemWith(String uri) {
        try {
            scratch.getEndpoint(uri);
            return null;
        } catch (RuntimeException e) {
            return FaultText.of(e);
        }
    }

    /** Why the routes cannot be built from their steps, or null. */
    RuntimeException problemWithBuilding() {
        try {
            scratch.start();
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    @Override
    public void close() {
        try {
            scratch.close();
        } catch (IOException e) {
            throw new IllegalStateException("a context in which nothing ran cannot be closed", e);
        }
    }

    /** The same sources as the relay's own placeholders. */
    private static final class Settings implements PropertiesSource {

        @Override
        public String getName() {
            return "settings";
        }

        @Override
        public String getProperty(String name) {
            return ConfigProvider.getConfig()
                    .getOptionalValue(name, String.class)
                    .orElse(null);
        }
    }

    /** A component belongs to one context, so that the scratch one must not take those of the original. */
    private static final class WithoutComponents implements BeanRepository {

        private final BeanRepository beans;

        WithoutComponents(BeanRepository beans) {
            this.beans = beans;
        }

        @Override
        public Object lookupByName(String name) {
            return allowed(beans.lookupByName(name));
        }

        @Override
        public <T> T lookupByNameAndType(String name, Class<T> type) {
            return allowed(beans.lookupByNameAndType(name, type));
        }

        @Override
        public <T> Map<String, T> findByTypeWithName(Class<T> type) {
            return beans.findByTypeWithName(type).entrySet().stream()
                    .filter(entry -> !(entry.getValue() instanceof Component))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        }

        @Override
        public <T> Set<T> findByType(Class<T> type) {
            return beans.findByType(type).stream()
                    .filter(bean -> !(bean instanceof Component))
                    .collect(Collectors.toSet());
        }

        private static <T> T allowed(T bean) {
            return bean instanceof Component ? null : bean;
        }
    }
}

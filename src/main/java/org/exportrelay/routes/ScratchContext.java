package org.exportrelay.routes;

import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Component;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.BeanFactoryDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.spi.BeanRepository;
import org.apache.camel.support.DefaultRegistry;
import org.apache.camel.support.SimpleRegistry;

/** A throw-away Camel context: the relay's beans and settings, components of its own, nothing running. */
final class ScratchContext implements AutoCloseable {

    private final DefaultCamelContext scratch;

    /**
     * @param original whose beans and settings routes refer to
     * @param beans that route files define; shared by the contexts of one check
     */
    ScratchContext(CamelContext original, SimpleRegistry beans) {
        DefaultRegistry registry = new DefaultRegistry(new ProgramBeans(original));
        registry.setFallbackRegistry(beans);
        scratch = new DefaultCamelContext(registry);
        scratch.setApplicationContextClassLoader(original.getApplicationContextClassLoader());
        scratch.getCamelContextExtension().setName("route-check");
        scratch.setAutoStartup(false);
        scratch.setSourceLocationEnabled(true);
        // Some producers connect as soon as they are started.
        scratch.getGlobalEndpointConfiguration().setLazyStartProducer(true);
        scratch.getPropertiesComponent().addPropertiesSource(new SettingsSource());
        PropertiesComponent properties = (PropertiesComponent) scratch.getPropertiesComponent();
        properties.setEnvironmentVariableMode(0);
        properties.setSystemPropertiesMode(0);
        properties.setPropertiesParser(new SecretPlaceholders(scratch));
    }

    DefaultCamelContext context() {
        return scratch;
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

    /**
     * The beans of the program, without what belongs to one context only: what Camel itself has there,
     * such as components and languages, which would leave the running context for this one; and beans
     * that the route files now running have brought, which the files that are checked may have no more.
     */
    private static final class ProgramBeans implements BeanRepository {

        private final BeanRepository beans;
        private final Set<String> ofRouteFiles;

        ProgramBeans(CamelContext original) {
            beans = original.getRegistry();
            ofRouteFiles = ((ModelCamelContext) original)
                    .getCustomBeans().stream()
                            .map(BeanFactoryDefinition::getName)
                            .collect(Collectors.toSet());
        }

        @Override
        public Object lookupByName(String name) {
            return allowed(name, beans.lookupByName(name));
        }

        @Override
        public <T> T lookupByNameAndType(String name, Class<T> type) {
            return allowed(name, beans.lookupByNameAndType(name, type));
        }

        @Override
        public <T> Map<String, T> findByTypeWithName(Class<T> type) {
            return beans.findByTypeWithName(type).entrySet().stream()
                    .filter(entry -> isAllowed(entry.getKey(), entry.getValue()))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        }

        /** Beans without a name too, which the map above leaves out. */
        @Override
        public <T> Set<T> findByType(Class<T> type) {
            Set<T> found = new HashSet<>(beans.findByType(type));
            beans.findByTypeWithName(type).forEach((name, bean) -> {
                if (!isAllowed(name, bean)) {
                    found.remove(bean);
                }
            });
            found.removeIf(bean -> bean instanceof Component || isCamels(bean));
            return found;
        }

        @SuppressWarnings("unchecked")
        private <T> T allowed(String name, T bean) {
            if (bean instanceof Component && !ofRouteFiles.contains(name)) {
                return (T) another(bean.getClass());
            }
            return isAllowed(name, bean) ? bean : null;
        }

        /** The relay's own components take the place of Camel's here too. */
        private static Object another(Class<?> component) {
            try {
                return component.getDeclaredConstructor().newInstance();
            } catch (ReflectiveOperationException e) {
                // Camel then finds the one that the scheme stands for.
                return null;
            }
        }

        private boolean isAllowed(String name, Object bean) {
            return !ofRouteFiles.contains(name) && !(bean instanceof Component) && !isCamels(bean);
        }

        private static boolean isCamels(Object bean) {
            return bean instanceof CamelContextAware
                    && bean.getClass().getName().startsWith("org.apache.camel.");
        }
    }
}

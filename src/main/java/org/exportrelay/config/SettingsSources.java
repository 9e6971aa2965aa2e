package org.exportrelay.config;

import io.smallrye.config.DotEnvConfigSourceProvider;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;
import io.smallrye.config.SysPropConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where settings come from, the former winning: system properties, the environment, {@code application.properties} in
 * the working directory, the jar. {@link Settings} reads these sources, and Quarkus reads the same ones, for which this
 * class is a service.
 */
public final class SettingsSources implements SmallRyeConfigBuilderCustomizer {

    /** Quarkus also looks up this service during the build, which must not read the settings of this machine. */
    private static volatile boolean quarkusReadsThem;

    /** From now on Quarkus reads the same sources when it starts. */
    static void useInQuarkus() {
        quarkusReadsThem = true;
    }

    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        if (quarkusReadsThem) {
            addTo(builder, new EnvironmentVariables(System.getenv()), Settings.FILE);
        }
    }

    /**
     * @throws SettingsException if the file cannot be read
     */
    static SmallRyeConfigBuilder addTo(SmallRyeConfigBuilder builder, EnvironmentVariables environment, Path file) {
        builder.setAddDefaultSources(false)
                .setAddSystemSources(false)
                .addPropertiesSources()
                .withSources(new SysPropConfigSource(), environment.source())
                .withSources(DotEnvConfigSourceProvider.dotEnvSources(builder.getClassLoader()));
        if (Files.exists(file)) {
            try {
                builder.withSources(PropertiesFile.source(file));
            } catch (IOException | IllegalArgumentException e) {
                throw new SettingsException(file + " cannot be read: " + e.getMessage());
            }
        }
        return builder;
    }
}

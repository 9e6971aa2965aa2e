package org.exportrelay.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"Export Relay " + text()};
    }

    static String text() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/export-relay.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException("the jar lacks its export-relay.properties", e);
        }
        return properties.getProperty("version");
    }
}

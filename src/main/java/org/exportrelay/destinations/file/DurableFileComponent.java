package org.exportrelay.destinations.file;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.File;
import java.util.Map;
import org.apache.camel.component.file.FileComponent;
import org.apache.camel.component.file.FileComponentConfigurer;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.FileEndpointConfigurer;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.spi.PropertyConfigurer;

/**
 * Takes the place of Camel's {@code file:} component, with its options and defaults; it differs only
 * for deliveries that are written under a temporary name.
 */
@Singleton
@Named("file")
public class DurableFileComponent extends FileComponent {

    /** Camel finds a component's configurers by an annotation that only its own class has. */
    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new FileComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new FileEndpointConfigurer();
    }

    @Override
    protected GenericFileEndpoint<File> buildFileEndpoint(String uri, String remaining, Map<String, Object> parameters)
            throws Exception {
        FileEndpoint plain = (FileEndpoint) super.buildFileEndpoint(uri, remaining, parameters);
        DurableFileEndpoint endpoint = new DurableFileEndpoint(uri, this);
        endpoint.setConfiguration(plain.getConfiguration());
        endpoint.setFile(plain.getFile());
        return endpoint;
    }
}

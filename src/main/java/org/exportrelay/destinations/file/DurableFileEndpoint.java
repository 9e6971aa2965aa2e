package org.exportrelay.destinations.file;

import java.io.File;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.FileOperations;
import org.apache.camel.component.file.GenericFileProducer;

/**
 * A {@code file:} endpoint that replaces no file of another delivery, and writes deliveries durably where it writes under
 * a temporary name.
 */
final class DurableFileEndpoint extends FileEndpoint {

    DurableFileEndpoint(String uri, DurableFileComponent component) {
        super(uri, component);
    }

    @Override
    public GenericFileProducer<File> createProducer() throws Exception {
        GenericFileProducer<File> plain = super.createProducer();
        if (getTempFileName() == null) {
            plain.setOperations(new ClaimedFileOperations(this));
            return plain;
        }
        return new DurableFileProducer(this, new FileOperations(this));
    }
}

package org.exportrelay.destinations.file;

import java.io.File;
import java.util.Optional;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.FileOperations;
import org.apache.camel.component.file.GenericFileProducer;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;

/**
 * A {@code file:} endpoint that replaces no file of another delivery, and writes deliveries durably where it writes under
 * a temporary name.
 */
final class DurableFileEndpoint extends FileEndpoint implements Listable {

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

    @Override
    public Optional<Inventory> inventory() {
        return Optional.of(new DirectoryInventory());
    }
}

package org.exportrelay.destinations;

import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileExist;
import org.exportrelay.component.DeliveryFiles;
import org.exportrelay.component.DeliveryFiles.Existing;
import org.exportrelay.component.DeliveryFiles.Presence;

/**
 * What a Camel file producer does for a delivery around the write of one file: before it, claims the name; after it,
 * reports where the file is. Does nothing for an exchange that did not start at {@code exports:}.
 */
public final class FileClaim {

    private final Optional<DeliveryFiles> files;
    private final GenericFileExist exist;

    /**
     * @param exist the endpoint's option; null for Camel's default
     */
    public FileClaim(Exchange exchange, GenericFileExist exist) {
        this.files = DeliveryFiles.of(exchange);
        this.exist = exist == null ? GenericFileExist.Override : exist;
    }

    /**
     * Claims the name, unless the write only adds to a file.
     *
     * @param target normalized URI of the file
     * @throws Exception if the name belongs to another delivery, or the destination does not answer
     */
    public void claim(String target, Presence presence) throws Exception {
        if (files.isPresent() && exist != GenericFileExist.Append) {
            files.get().claim(target, existing(), presence);
        }
    }

    /** Reports that the file is written. */
    public void written(String target) {
        files.ifPresent(written -> written.written(target));
    }

    private Existing existing() {
        return switch (exist) {
            case Move -> Existing.MOVED;
            case Fail, Ignore -> Existing.KEPT;
            case Override, Append, TryRename -> Existing.REPLACED;
        };
    }
}

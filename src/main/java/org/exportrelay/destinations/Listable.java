package org.exportrelay.destinations;

import java.util.Optional;

/** An endpoint, or a bean of a route file, whose destination can list what it holds. */
public interface Listable {

    /** For one use; empty if the destination takes files away as they come, so that a list says nothing. */
    Optional<Inventory> inventory();
}

package org.exportrelay.check;

import org.apache.camel.Endpoint;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.Listable;
import org.exportrelay.routes.RouteCheck;

/** Compares with each destination that a route leads to, and that can list what it holds. */
final class DestinationInventories implements RouteCheck.TargetVisitor {

    private final Reconciliation reconciliation;

    DestinationInventories(Reconciliation reconciliation) {
        this.reconciliation = reconciliation;
    }

    @Override
    public void endpoint(String from, Endpoint endpoint) {
        compare(endpoint);
    }

    @Override
    public void bean(String from, Object bean) {
        compare(bean);
    }

    private void compare(Object target) {
        if (target instanceof Listable listable) {
            listable.inventory().ifPresent(this::compareAndClose);
        }
    }

    private void compareAndClose(Inventory inventory) {
        try (inventory) {
            reconciliation.compare(inventory);
        }
    }
}

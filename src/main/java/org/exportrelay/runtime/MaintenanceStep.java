package org.exportrelay.runtime;

/**
 * A step of maintenance that a package above this one contributes as a bean. It runs every few seconds in the thread of
 * maintenance; one that fails is tried again.
 */
public interface MaintenanceStep {

    /** Such as {@code report destinations at the start}, for messages. */
    String name();

    /** May throw anything. */
    void run();
}

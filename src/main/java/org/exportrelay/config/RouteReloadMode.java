package org.exportrelay.config;

/** Whether changed route files are loaded while the relay runs. */
public enum RouteReloadMode {
    /** Immediately. */
    ON,
    /** After a restart. */
    OFF,
    /** Immediately, but for an edit that would create many deliveries of the past: that waits for an operator. */
    CONFIRM
}

package org.exportrelay.log;

import org.jboss.logging.Logger;

/**
 * The kinds of lines in the log. Their names stay the same when the words of a line change; docs/operating.md lists them.
 * Lines at DEBUG have none.
 */
public enum LogEvent {
    API_DATE_IGNORED("api.date-ignored"),
    API_FIELD_UNEXPECTED("api.field-unexpected"),
    API_KEY_REPLACED("api.key-replaced"),
    API_KEY_UNREADABLE("api.key-unreadable"),
    API_PAGE_REDUCED("api.page-reduced"),
    API_PAUSED("api.paused"),
    API_RETRYING("api.retrying"),
    BACKLOG_AT_RISK("backlog.at-risk"),
    BACKLOG_FORECAST("backlog.forecast"),
    CLASSIFIER_FAILED("classifier.failed"),
    CLOCK_JUMPED_FORWARD("clock.jumped-forward"),
    CLOCK_SET_BACK("clock.set-back"),
    CLOCK_WRONG("clock.wrong"),
    CONSOLE_FAILED("console.failed"),
    CONSOLE_LOGIN_FAILED("console.login-failed"),
    CONSOLE_STARTED("console.started"),
    CONSOLE_USERS_FAULTY("console.users-faulty"),
    CONSOLE_USERS_LOADED("console.users-loaded"),
    DELIVERY_AT_RISK("delivery.at-risk"),
    DELIVERY_CLAIM_LOST("delivery.claim-lost"),
    DELIVERY_DELIVERED("delivery.delivered"),
    DELIVERY_EXPIRED("delivery.expired"),
    DELIVERY_FAILED_ALIKE("delivery.failed-alike"),
    DELIVERY_INTERRUPTED("delivery.interrupted"),
    DELIVERY_PARKED("delivery.parked"),
    DELIVERY_POSTPONED("delivery.postponed"),
    DELIVERY_RETRYING("delivery.retrying"),
    DELIVERY_SENT_BEFORE("delivery.sent-before"),
    DELIVERY_SKIPPED("delivery.skipped"),
    DELIVERY_SUPERSEDED("delivery.superseded"),
    DELIVERY_TAKEN_OVER("delivery.taken-over"),
    DELIVERY_UNRECORDED("delivery.unrecorded"),
    DESTINATION_DOWN("destination.down"),
    DESTINATION_PAUSED("destination.paused"),
    DESTINATION_RESUMED("destination.resumed"),
    DESTINATION_STILL_DOWN("destination.still-down"),
    DESTINATION_UP("destination.up"),
    DESTINATION_WINDOW_CLOSED("destination.window-closed"),
    DESTINATION_WINDOW_OPEN("destination.window-open"),
    DESTINATION_WITHOUT_ROUTE("destination.without-route"),
    DOWNLOAD_REPEATED("download.repeated"),
    DOWNLOAD_RESUMED("download.resumed"),
    DOWNLOAD_TOO_LARGE("download.too-large"),
    DOWNLOAD_UNRECORDED("download.unrecorded"),
    EVENTS_ACCEPTED("events.accepted"),
    EVENTS_RETRYING("events.retrying"),
    EXPECTATION_AT_RISK("expectation.at-risk"),
    EXPECTATION_MET("expectation.met"),
    EXPECTATION_MISSED("expectation.missed"),
    EXPORT_REJECTED("export.rejected"),
    EXPORT_WITHOUT_URLS("export.without-urls"),
    LEDGER_AVAILABLE("ledger.available"),
    LEDGER_COPIED("ledger.copied"),
    LEDGER_LOCKED("ledger.locked"),
    LEDGER_POOLED("ledger.pooled"),
    LEDGER_UNAVAILABLE("ledger.unavailable"),
    LEDGER_UPGRADING("ledger.upgrading"),
    MAINTENANCE_FAILED("maintenance.failed"),
    MAINTENANCE_RECOVERED("maintenance.recovered"),
    ONCE_ENDED("once.ended"),
    ONCE_INTERRUPTED("once.interrupted"),
    ONCE_UNDELIVERED("once.undelivered"),
    POLL_ABANDONED("poll.abandoned"),
    POLL_ENDED("poll.ended"),
    POLL_FAILED("poll.failed"),
    POLL_INCOMPLETE("poll.incomplete"),
    POLL_LEASE_LOST("poll.lease-lost"),
    POLL_OVERLAPPED("poll.overlapped"),
    POLL_PROGRESS("poll.progress"),
    RELAY_STARTED("relay.started"),
    RELAY_STOP_OVERDUE("relay.stop-overdue"),
    RELAY_STOPPED("relay.stopped"),
    RELAY_STOPPING("relay.stopping"),
    ROUTE_FAULT("route.fault"),
    ROUTE_LOADED("route.loaded"),
    ROUTE_REMOVED("route.removed"),
    ROUTE_UNRECORDED("route.unrecorded"),
    ROUTE_WARNING("route.warning"),
    SETTINGS_WARNING("settings.warning"),
    SPOOL_AVAILABLE("spool.available"),
    SPOOL_DROPPED("spool.dropped"),
    SPOOL_FILE_UNDELETABLE("spool.file-undeletable"),
    SPOOL_FULL("spool.full"),
    SPOOL_HAS_ROOM("spool.has-room"),
    SPOOL_INSTANCE_MISSING("spool.instance-missing"),
    SPOOL_UNAVAILABLE("spool.unavailable"),
    STORE_DOWN("store.down"),
    STORE_UP("store.up"),
    TIMER_FAILED("timer.failed"),
    TRACES_OFF("traces.off");

    private final String text;

    LogEvent(String text) {
        this.text = text;
    }

    /** As the log shows it, such as {@code delivery.delivered}. */
    public String text() {
        return text;
    }

    /** Begins a line of this kind. */
    public LogLine on(Logger log) {
        return new LogLine(log, this);
    }
}

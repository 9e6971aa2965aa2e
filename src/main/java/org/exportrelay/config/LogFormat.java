package org.exportrelay.config;

/** How a line of the log is written. */
public enum LogFormat {
    /** For people. */
    TEXT,
    /** A JSON object, with the names that Quarkus uses. */
    JSON,
    /** A JSON object, with the names of the Elastic Common Schema. */
    ECS
}

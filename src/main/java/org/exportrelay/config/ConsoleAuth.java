package org.exportrelay.config;

/** How users of the console and clients of the REST API log in. */
public enum ConsoleAuth {
    /** Not at all: only this machine may use it. */
    NONE,
    /** With a name and a password (HTTP Basic). */
    BASIC,
    /** With an OpenID Connect provider: browsers with a session, other clients with a bearer token. */
    OIDC
}

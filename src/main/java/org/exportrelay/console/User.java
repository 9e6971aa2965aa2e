package org.exportrelay.console;

/**
 * Who calls.
 *
 * @param name the actor of the events that record what the user does
 * @param role what the user may do
 */
record User(String name, Role role) {

    /** The only one without a login: a client on this machine. */
    static final User LOCAL = new User("console", Role.OPERATOR);

    public boolean isViewer() {
        return role == Role.VIEWER;
    }
}

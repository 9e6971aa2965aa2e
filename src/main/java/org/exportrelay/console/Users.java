package org.exportrelay.console;

import io.vertx.ext.web.RoutingContext;

/** The user of a request, as {@link ConsoleServer} has found it. */
final class Users {

    private static final String KEY = User.class.getName();

    private Users() {}

    static User of(RoutingContext context) {
        return context.get(KEY);
    }

    static void set(RoutingContext context, User user) {
        context.put(KEY, user);
    }
}

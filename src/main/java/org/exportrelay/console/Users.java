package org.exportrelay.console;

import io.vertx.ext.web.RoutingContext;

/** The user of a request, as {@link ConsoleServer} has found it. */
final class Users {

    private static final String USER = User.class.getName();
    private static final String TOKEN = FormToken.class.getName();

    private Users() {}

    static User of(RoutingContext context) {
        return context.get(USER);
    }

    /** For the forms of the user. */
    static FormToken token(RoutingContext context) {
        return context.get(TOKEN);
    }

    static void set(RoutingContext context, User user, FormToken token) {
        context.put(USER, user).put(TOKEN, token);
    }
}

package org.exportrelay.cli;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.logging.Handler;
import java.util.stream.Stream;
import org.exportrelay.config.LogFormat;
import org.exportrelay.config.RelaySettings;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.LogContext;

/** Applies {@code relay.log.format} to all handlers of the log. */
@Singleton
final class LogFormatting {

    private final LogFormat format;

    @Inject
    LogFormatting(RelaySettings settings) {
        this.format = settings.log().format();
    }

    /** Before anything else of the relay starts, and logs. */
    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        if (format != LogFormat.TEXT) {
            JsonLogFormatter formatter = new JsonLogFormatter(format);
            writers(LogContext.getLogContext().getLogger("").getHandlers())
                    .forEach(handler -> handler.setFormatter(formatter));
        }
    }

    /** Those that write: others, such as an asynchronous one, only pass lines on to them. */
    private static Stream<Handler> writers(Handler... handlers) {
        return Stream.of(handlers).flatMap(handler -> {
            Handler[] inner = handler instanceof ExtHandler outer ? outer.getHandlers() : new Handler[0];
            return inner.length == 0 ? Stream.of(handler) : writers(inner);
        });
    }
}

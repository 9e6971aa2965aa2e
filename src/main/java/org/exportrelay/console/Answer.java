package org.exportrelay.console;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.netty.handler.codec.DecoderException;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.MaskedStrings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.UnknownDestinationException;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/** Writes answers. Secrets are masked in all of their texts. Thread-safe. */
final class Answer {

    static final String JSON = "application/json";

    private static final Logger LOG = Logger.getLogger(Answer.class);
    private static final JsonMapper MAPPER =
            JsonMapper.builder().addModule(new MaskedStrings()).build();

    private Answer() {}

    /** A value in one line. */
    static String json(Object value) {
        return JsonText.of(MAPPER, value);
    }

    static void send(RoutingContext context, Object value) {
        send(context, 200, JSON, json(value));
    }

    static void send(RoutingContext context, Problem problem) {
        problem.headers().forEach(context.response()::putHeader);
        send(context, problem.status(), Problem.MEDIA_TYPE, json(problem.fields()));
    }

    private static void send(RoutingContext context, int status, String type, String text) {
        // The client may have gone.
        if (!context.response().ended() && !context.response().closed()) {
            context.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", type)
                    .end(text);
        }
    }

    /** Why a request has failed, for its client. What the client cannot know is logged. */
    static Problem problem(Throwable failure) {
        ProblemException known = ObjectHelper.getException(ProblemException.class, failure);
        if (known != null) {
            return known.problem();
        }
        if (failure instanceof DecoderException || failure instanceof IOException) {
            return new Problem(400, "the body of the request cannot be read; it is malformed, or a field is too large");
        }
        SettingsException refused = ObjectHelper.getException(SettingsException.class, failure);
        if (refused != null) {
            return new Problem(refused instanceof UnknownDestinationException ? 404 : 409, refused.getMessage());
        }
        if (LedgerDatabase.isFault(failure)) {
            LOG.debug("a request failed, since the ledger did", failure);
            return new Problem(
                    503, "the ledger cannot be used now (" + LedgerDatabase.describe(failure) + "); try again later");
        }
        LogEvent.CONSOLE_FAILED.on(LOG).errorf(failure, "console: a request failed");
        return new Problem(500, "the request failed because of a defect; the log has a line with the reason");
    }
}

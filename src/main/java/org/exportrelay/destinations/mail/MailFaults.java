package org.exportrelay.destinations.mail;

import jakarta.inject.Singleton;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Set;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;

/** The faults of mail servers. */
@Singleton
public final class MailFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = Map.of(
            "connection refused",
                    (endpoint, target) -> new MessagingException("Couldn't connect to host", NetworkFaults.refused()),
            "timeout",
                    (endpoint, target) -> new MessagingException(
                            "Exception reading response", new SocketTimeoutException("Read timed out")),
            "login refused",
                    (endpoint, target) ->
                            new AuthenticationFailedException("535 5.7.8 Authentication credentials invalid"),
            "busy server", refusedMessage(451, "4.3.0 Requested action aborted: local error in processing"),
            "mailbox full", refusedMessage(552, "5.2.2 Mailbox full"),
            "refused recipient",
                    (endpoint, target) -> new SMTPAddressFailedException(
                            null, "RCPT TO", 550, "550 5.1.1 The recipient was refused: mailbox unavailable"),
            "refused message", refusedMessage(554, "554 5.3.4 The message was refused: too big for system"));

    private static Fault refusedMessage(int code, String reply) {
        return (endpoint, target) -> new SMTPSendFailedException("DATA", code, reply, null, null, null, null);
    }

    @Override
    public Set<String> schemes() {
        return Set.of("smtp", "smtps");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}

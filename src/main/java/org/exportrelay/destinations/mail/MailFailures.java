package org.exportrelay.destinations.mail;

import jakarta.inject.Singleton;
import jakarta.mail.MessagingException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.camel.util.ObjectHelper;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the failures of mail servers mean. A final refusal (55x) of a recipient or of the message itself is a fault of
 * that mail. Anything else concerns every mail: connection, login, sender, a refusal for now (4xx). Thread-safe.
 */
@Singleton
public final class MailFailures implements FailureClassifier {

    /** 550 to 554 refuse a mailbox or a message (RFC 5321, 4.2.3). */
    private static final int FIRST_REFUSAL = 550;

    private static final int LAST_REFUSAL = 554;

    /** The enhanced status for a full mailbox or a full server (RFC 3463), which other replies of 552 do not have. */
    private static final Pattern NO_SPACE = Pattern.compile("\\b[45]\\.(?:2\\.2|3\\.1)\\b");

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        if (ObjectHelper.getException(MessagingException.class, failure) == null) {
            return Optional.empty();
        }
        return Optional.of(new DeliveryException(
                isFault(failure) ? FailureAction.RETRY : FailureAction.OUTAGE, FailureReason.of(failure), failure));
    }

    /** All mails have the same sender, whatever else the reply to it looks like. */
    private static boolean isFault(Throwable failure) {
        List<Integer> refusals = causes(failure).flatMap(MailFailures::refusal).toList();
        return ObjectHelper.getException(SMTPSenderFailedException.class, failure) == null
                && !refusals.isEmpty()
                && refusals.stream().allMatch(MailFailures::isFinal);
    }

    /** The reply that refused a recipient or the message. */
    private static Stream<Integer> refusal(Throwable cause) {
        if (NO_SPACE.matcher(String.valueOf(cause.getMessage())).find()) {
            return Stream.of(0);
        }
        if (cause instanceof SMTPAddressFailedException recipient) {
            return Stream.of(recipient.getReturnCode());
        }
        return cause instanceof SMTPSendFailedException message ? Stream.of(message.getReturnCode()) : Stream.empty();
    }

    private static boolean isFinal(int reply) {
        return reply >= FIRST_REFUSAL && reply <= LAST_REFUSAL;
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return StreamSupport.stream(
                ObjectHelper.createExceptionIterable(failure).spliterator(), false);
    }
}

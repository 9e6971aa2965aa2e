package org.exportrelay.destinations.mail;

import java.io.IOException;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.ReplyServer;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class MailFailuresTest {

    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        return FailureTable.of("Mail")
                .row(
                        "The server cannot be reached, or does not accept mails.",
                        () -> send("127.0.0.1", TcpGate.freePort()),
                        () -> send("no-such-host.invalid", 25),
                        () -> replied("GREETING", "554 no mail here"))
                .row("The connection breaks.", () -> replied("RCPT", ""), () -> replied(".", ""))
                .row(
                        "The server refuses the login, or requires one.",
                        () -> replied("AUTH", "535 5.7.8 wrong user or password"),
                        () -> replied("MAIL", "530 5.7.0 log in first"))
                .row(
                        "The server refuses mails for now: 421, 450, 451, 454.",
                        () -> replied("GREETING", "421 too busy"),
                        () -> replied("RCPT", "450 mailbox busy"),
                        () -> replied("RCPT", "451 4.7.1 greylisted"),
                        () -> replied(".", "450 later"),
                        () -> replied("DATA", "454 TLS not available"))
                .row("The server refuses the sender.", () -> replied("MAIL", "550 5.7.1 not you"))
                .row(
                        "The server or the mailbox is full: 452, or 552 with 5.2.2.",
                        () -> replied("RCPT", "552 5.2.2 mailbox full"),
                        () -> replied("DATA", "452 4.3.1 no space"))
                .row(
                        "The server refuses a recipient: 550 to 554.",
                        () -> replied("RCPT", "550 5.1.1 no such user"),
                        () -> replied("RCPT", "553 not a mailbox"),
                        () -> replied("RCPT", "554 5.7.1 relay access denied"))
                .row(
                        "The server refuses the message, for example because it is too large: 550 to 554.",
                        () -> replied(".", "552 5.3.4 too large"),
                        () -> replied(".", "554 5.6.0 no"))
                .tests();
    }

    private void replied(String command, String reply) throws IOException {
        try (ReplyServer server = ReplyServer.mail().reply(command, reply)) {
            send("127.0.0.1", server.port());
        }
    }

    private void send(String host, int port) {
        context.createProducerTemplate()
                .requestBodyAndHeader(
                        "smtp://" + host + ":" + port + "?username=relay&password=s3cret&from=relay@example.test"
                                + "&to=partner@example.test&connectionTimeout=2000",
                        "a mail",
                        "Subject",
                        "an export");
    }
}

package org.exportrelay.destinations.ftp;

import java.io.IOException;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.ReplyServer;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class FtpFailuresTest {

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
        return FailureTable.of("FTP and FTPS")
                .row(
                        "The server cannot be reached, or is too busy.",
                        () -> upload("127.0.0.1", TcpGate.freePort()),
                        () -> upload("no-such-host.invalid", 21),
                        () -> replied("GREETING", "421 too many connections"))
                .row("The connection breaks.", () -> replied("STOR", ""))
                .row("The server refuses the login.", () -> replied("PASS", "530 wrong user or password"))
                .row(
                        "The server refuses the upload: missing directory, missing right, no space.",
                        () -> replied("STOR", "550 permission denied"),
                        () -> replied("STOR", "552 no space"))
                .row("The server refuses the name: 501, 553.", () -> {
                    throw new GenericFileOperationFailedException(553, "553 name not allowed");
                })
                .row("The file cannot get its final name.", () -> replied("RNTO", "553 name not allowed"))
                .tests();
    }

    private void replied(String command, String reply) throws IOException {
        try (ReplyServer server = ReplyServer.ftp().reply(command, reply)) {
            upload("127.0.0.1", server.port());
        }
    }

    private void upload(String host, int port) {
        context.createProducerTemplate()
                .requestBodyAndHeader(
                        "ftp://" + host + ":" + port + "/in?username=relay&password=s3cret&passiveMode=true"
                                + "&maximumReconnectAttempts=0&soTimeout=5000&connectTimeout=5000&fileExist=TryRename&tempFileName=.part",
                        "content",
                        Exchange.FILE_NAME,
                        "export.csv");
    }
}

package org.exportrelay.destinations.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class FileFailuresTest {

    private static final String ORDINARY = "?fileExist=TryRename&copyAndDeleteOnRenameFail=false"
            + "&tempFileName=.${header.ExportDeliveryId}.${header.ExportAttempt}.part";

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        context.addComponent("file", new DurableFileComponent());
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        Path occupied = Files.createDirectories(directory.resolve("occupied/export.csv/in-the-way"))
                .getParent()
                .getParent();
        Path existing = Files.createDirectories(directory.resolve("existing"));
        Files.writeString(existing.resolve("export.csv"), "there already");
        return FailureTable.of("Directory")
                .row("The disk is full, or a quota is used up.", this::onAFullDisk)
                .row("The disk is mounted read-only.", this::onAReadOnlyDisk)
                .row(
                        "The directory does not exist and cannot be created.",
                        () -> deliver(file.resolve("below"), ORDINARY, "export.csv"),
                        () -> deliver(directory.resolve("missing"), ORDINARY + "&autoCreate=false", "export.csv"))
                .row(
                        "The user may not write to the directory.",
                        () -> refuse(new AccessDeniedException("archive/export.csv")))
                .row(
                        "The file server behind the directory does not respond.",
                        () -> refuse(new IOException("Stale file handle")),
                        () -> refuse(new IOException("Input/output error")))
                .row(
                        "The name is too long or not valid.",
                        () -> deliver(directory, "", "x".repeat(300)),
                        () -> deliver(directory, ORDINARY, "x".repeat(300)),
                        () -> deliver(directory, "", "zero\0byte"))
                .row(
                        "The file cannot get its final name, for example because a directory has that name.",
                        () -> deliver(occupied, ORDINARY, "export.csv"))
                .row(
                        "The file exists and `fileExist` is `Fail`.",
                        () -> deliver(existing, "?fileExist=Fail", "export.csv"))
                .tests();
    }

    private void onAFullDisk() {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("full"), 1)) {
            disk.fill();
            deliver(directory.resolve("full"), ORDINARY, "export.csv");
        }
    }

    private void onAReadOnlyDisk() {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("read-only"), 1)) {
            disk.readOnly();
            deliver(directory.resolve("read-only"), ORDINARY, "export.csv");
        }
    }

    /** As Camel does with what the operating system refuses; root may write anywhere, and tests have no file server. */
    private static void refuse(IOException system) {
        throw new GenericFileOperationFailedException("Cannot store file: archive/export.csv", system);
    }

    private void deliver(Path archive, String options, String name) {
        context.createProducerTemplate()
                .requestBodyAndHeaders(
                        "file:" + archive + options,
                        "content",
                        Map.of(Exchange.FILE_NAME, name, ExportHeaders.DELIVERY_ID, "d1", ExportHeaders.ATTEMPT, 1));
    }
}

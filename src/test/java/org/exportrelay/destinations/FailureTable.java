package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryFailures;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.destinations.azure.BlobFailures;
import org.exportrelay.destinations.file.FileFailures;
import org.exportrelay.destinations.ftp.FtpFailures;
import org.exportrelay.destinations.jms.QueueFailures;
import org.exportrelay.destinations.kafka.KafkaFailures;
import org.exportrelay.destinations.mail.MailFailures;
import org.exportrelay.destinations.s3.S3Failures;
import org.exportrelay.destinations.sftp.SftpFailures;
import org.exportrelay.destinations.table.TableFailures;
import org.exportrelay.destinations.webhook.HttpFailures;
import org.junit.jupiter.api.DynamicTest;

/** The tables of docs/failures.md, and a test for each of their rows. */
public final class FailureTable {

    private static final Path PAGE = Path.of("docs/failures.md");

    private static final Pattern ROW = Pattern.compile("\\| (.+?) \\| (\\w+) \\| (.+?) \\| .+ \\|");

    /** How the page writes what follows. */
    private static final Map<String, FailureAction> ACTIONS = Map.of(
            "outage: waits, tries one delivery", FailureAction.OUTAGE,
            "fault: retries, then parks", FailureAction.RETRY,
            "fault: parks", FailureAction.PARK);

    private static final List<FailureClassifier> CLASSIFIERS = List.of(
            new FileFailures(),
            new SftpFailures(),
            new FtpFailures(),
            new KafkaFailures(),
            new QueueFailures(),
            new S3Failures(),
            new BlobFailures(),
            new HttpFailures(),
            new MailFailures(),
            new TableFailures());

    private final String section;
    private final Map<String, List<ThrowingCallable>> failures = new LinkedHashMap<>();

    private FailureTable(String section) {
        this.section = section;
    }

    /** The table below a heading. */
    public static FailureTable of(String section) {
        return new FailureTable(section);
    }

    /**
     * Shows a row.
     *
     * @param row its first column
     * @param deliveries each of which fails so
     */
    public FailureTable row(String row, ThrowingCallable... deliveries) {
        failures.put(row, List.of(deliveries));
        return this;
    }

    /** A test of each delivery, and one that no row of the page is missing. */
    public Stream<DynamicTest> tests() {
        Map<String, FailureAction> rows = rows(section);
        DynamicTest complete = dynamicTest("every row is shown", () -> assertThat(failures.keySet())
                .containsExactlyInAnyOrderElementsOf(rows.keySet()));
        return Stream.concat(Stream.of(complete), someTests());
    }

    /** A test of each delivery, for another server of the kind, which need not show every row of the page. */
    public Stream<DynamicTest> someTests() {
        Map<String, FailureAction> rows = rows(section);
        assertThat(rows.keySet()).containsAll(failures.keySet());
        return failures.entrySet().stream().flatMap(row -> row.getValue().stream()
                .map(delivery -> dynamicTest(row.getKey(), () -> check(delivery, rows.get(row.getKey())))));
    }

    private static void check(ThrowingCallable delivery, FailureAction action) {
        Throwable thrown = Assertions.catchThrowable(delivery);
        assertThat(thrown).as("the failure").isNotNull();
        DeliveryException failure = classify(thrown, CLASSIFIERS);
        assertThat(failure.action()).as("%s", failure.getMessage()).isEqualTo(action);
        // Classifiers are beans, and beans have no order.
        List<FailureClassifier> reversed = new ArrayList<>(CLASSIFIERS);
        Collections.reverse(reversed);
        assertThat(classify(thrown, reversed).action()).isEqualTo(action);
    }

    /** As the relay classifies what a route has thrown. */
    public static DeliveryException classify(Throwable thrown) {
        return classify(thrown, CLASSIFIERS);
    }

    private static DeliveryException classify(Throwable thrown, List<FailureClassifier> classifiers) {
        return new DeliveryFailures(classifiers::stream).of(thrown);
    }

    private static Map<String, FailureAction> rows(String section) {
        Map<String, FailureAction> rows = new LinkedHashMap<>();
        List<String> lines = lines();
        int start = lines.indexOf("## " + section);
        assertThat(start).as("the heading %s", section).isNotNegative();
        for (String line : lines.subList(start + 1, lines.size())) {
            Matcher row = ROW.matcher(line);
            if (line.startsWith("## ")) {
                break;
            }
            if (row.matches() && !row.group(1).equals("failure")) {
                String verdict = row.group(2) + ": " + row.group(3);
                assertThat(ACTIONS).as(line).containsKey(verdict);
                assertThat(rows.put(row.group(1), ACTIONS.get(verdict)))
                        .as(line)
                        .isNull();
            }
        }
        return rows;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(PAGE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.exportrelay.routetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.routes.RouteHazards;
import org.exportrelay.routetest.GuaranteeJournal.Again;
import org.exportrelay.routetest.GuaranteeJournal.Entry;
import org.exportrelay.routetest.GuaranteeJournal.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuaranteeReportTest {

    private static final String FILE = "sftp://host/in";
    private static final String TOPIC = "kafka:topic";
    private static final String SWALLOWS = "routes/a.camel.yaml:9: doCatch swallows the exception";

    private final List<Entry> calm = new ArrayList<>();
    private final List<Entry> rounds = new ArrayList<>();

    @TempDir
    private Path directory;

    @Test
    void aFileThatIsWrittenAgainIsHarmless() {
        outcomes(DeliveryState.DELIVERED);
        calm.add(accepted("calm", FILE, "a.csv", Again.REPLACES));
        rounds.add(accepted("id", FILE, "a.csv", Again.REPLACES));
        rounds.add(accepted("id", FILE, "a.csv", Again.REPLACES));
        assertThat(report().isKept()).isTrue();
        assertThat(report().lines())
                .contains("sftp                   1      0      0          0   repeated: 1 replaced the first one");
    }

    @Test
    void aFileWithAnotherNameAtEachAttemptIsADuplicate() {
        outcomes(DeliveryState.DELIVERED);
        calm.add(accepted("calm", FILE, "a-1.csv", Again.REPLACES));
        rounds.add(accepted("id", FILE, "a-2.csv", Again.REPLACES));
        assertThat(report().isKept()).as("once, whatever its name is").isTrue();
        rounds.add(accepted("id", FILE, "a-3.csv", Again.REPLACES));
        assertThat(report().isKept()).isFalse();
        assertThat(report().lines()).contains("step" + RouteHazards.CHANGED_NAME);
    }

    @Test
    void aMessageThatIsSentAgainIsADuplicateThatReceiversRecognizeByItsId() {
        outcomes(DeliveryState.DELIVERED);
        calm.add(accepted("calm", TOPIC, "", Again.RECOGNIZABLE));
        rounds.add(accepted("id", TOPIC, "", Again.RECOGNIZABLE));
        rounds.add(accepted("id", TOPIC, "", Again.RECOGNIZABLE));
        assertThat(report().isKept()).isTrue();
        assertThat(report().lines())
                .contains("kafka                  1      0      0          1   repeated: 1 recognizable by"
                        + " ExportDeliveryId");
    }

    @Test
    void aRepeatedMessageWithoutAnIdAndARepeatedPartAreNotRecognized() {
        outcomes(DeliveryState.DELIVERED);
        calm.add(accepted("calm", TOPIC, "", Again.UNKNOWN));
        calm.add(accepted("calm", "jms:queue:q", "1", Again.RECOGNIZABLE));
        for (int i = 0; i < 2; i++) {
            rounds.add(accepted("id", TOPIC, "", Again.UNKNOWN));
            rounds.add(accepted("id", "jms:queue:q", "1", Again.RECOGNIZABLE));
        }
        assertThat(report().isKept()).isFalse();
        assertThat(report().lines()).contains("step" + RouteHazards.NO_ID, "step" + RouteHazards.SAME_ID);
    }

    @Test
    void aRepeatedPartIsRecognizedByOneHeaderWithItsNumber() {
        outcomes(DeliveryState.DELIVERED);
        for (String part : List.of("0", "1")) {
            calm.add(numbered("calm", TOPIC, part, Again.RECOGNIZABLE, "ExportPart"));
            rounds.add(numbered("id", TOPIC, part, Again.RECOGNIZABLE, "ExportPart Version"));
            rounds.add(numbered("id", TOPIC, part, Again.RECOGNIZABLE, "ExportPart"));
        }
        assertThat(report().isKept()).as(String.join("\n", report().lines())).isTrue();
        rounds.add(numbered("id", TOPIC, "1", Again.RECOGNIZABLE, "Version"));
        assertThat(report().lines()).contains("step" + RouteHazards.SAME_ID);
    }

    @Test
    void aDeliveryThatIsFinalWithoutItsMessageIsLostAndTheCauseIsNamed() {
        for (DeliveryState state : List.of(DeliveryState.DELIVERED, DeliveryState.SKIPPED)) {
            calm.clear();
            rounds.clear();
            outcomes(state);
            calm.add(Entry.of(Kind.LOSES, SWALLOWS));
            calm.add(accepted("calm", TOPIC, "", Again.RECOGNIZABLE));
            assertThat(report().isKept()).isFalse();
            assertThat(report().lines())
                    .contains(
                            "kafka                  1      1      0          0",
                            "lost: 1 delivery",
                            "  exports:a: file is " + state.text()
                                    + ", but 1 message has not arrived at kafka:topic (step)",
                            SWALLOWS);
        }
    }

    @Test
    void namesNoCauseOfALossThatDidNotHappen() {
        outcomes(DeliveryState.DELIVERED);
        calm.add(Entry.of(Kind.LOSES, SWALLOWS));
        calm.add(accepted("calm", TOPIC, "", Again.RECOGNIZABLE));
        rounds.add(accepted("id", TOPIC, "", Again.RECOGNIZABLE));
        assertThat(report().isKept()).isTrue();
        assertThat(report().lines()).doesNotContain(SWALLOWS);
    }

    @Test
    void aParkedDeliveryIsNotLostAndOneWithoutAnEndIsReported() {
        outcomes(DeliveryState.PARKED);
        calm.add(accepted("calm", TOPIC, "", Again.RECOGNIZABLE));
        assertThat(report().isKept()).isTrue();
        assertThat(report().lines())
                .contains(
                        "parked or expired, with their reasons in the ledger: 1 delivery",
                        "  exports:a: file is parked");
        rounds.add(new Entry(Kind.OUTCOME, "id", "a", "file", DeliveryState.RETRYING.text(), "", "refused"));
        assertThat(report().isKept()).isFalse();
        assertThat(report().lines())
                .contains("not ended in time: 1 delivery", "  exports:a: file is retrying (refused)");
    }

    @Test
    void aPartOfAFileThatReadersCouldSeeIsReported() {
        outcomes(DeliveryState.DELIVERED);
        calm.add(accepted("calm", FILE, "a.csv", Again.REPLACES));
        rounds.add(new Entry(Kind.HALF, "id", FILE, "a.csv", "", "", "step: " + RouteHazards.PARTIAL_FILE));
        rounds.add(accepted("id", FILE, "a.csv", Again.REPLACES));
        assertThat(report().isKept()).isFalse();
        assertThat(report().lines())
                .contains("sftp                   1      0      1          0", "step: " + RouteHazards.PARTIAL_FILE);
    }

    @Test
    void theJournalKeepsWhatWasAppended() {
        GuaranteeJournal journal = new GuaranteeJournal(directory.resolve("journal"));
        Entry entry = accepted("id", FILE, "a\tb.csv", Again.ADDED);
        journal.append(entry);
        journal.append(Entry.of(Kind.LOSES, "two\nlines"));
        assertThat(journal.entries())
                .containsExactly(accepted("id", FILE, "a b.csv", Again.ADDED), Entry.of(Kind.LOSES, "two lines"));
    }

    private GuaranteeReport report() {
        return new GuaranteeReport(calm, rounds);
    }

    /** Of the calm run and of the last round, whose ids differ. */
    private void outcomes(DeliveryState state) {
        calm.add(new Entry(Kind.OUTCOME, "calm", "a", "file", DeliveryState.DELIVERED.text(), "", ""));
        rounds.add(new Entry(Kind.OUTCOME, "id", "a", "file", state.text(), "", ""));
    }

    private static Entry accepted(String delivery, String endpoint, String part, Again again) {
        return numbered(delivery, endpoint, part, again, "");
    }

    private static Entry numbered(String delivery, String endpoint, String part, Again again, String headers) {
        return new Entry(Kind.ACCEPTED, delivery, endpoint, part, again.name(), headers, "step");
    }
}

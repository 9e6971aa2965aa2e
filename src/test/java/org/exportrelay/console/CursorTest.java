package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {

    private static final Instant AT = Instant.parse("2026-02-17T16:00:00.123456Z");

    @Test
    void aCursorLeadsBackToItsPlace() {
        assertThat(Cursor.export(Cursor.ofExport(17))).isEqualTo(17);
        assertThat(Cursor.delivery(Cursor.ofDelivery(17, "partner:ä"))).isEqualTo(new Status.Position(17, "partner:ä"));
        assertThat(Cursor.event(Cursor.ofEvent(AT, 9))).isEqualTo(new Events.Position(AT, 9));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "x:",
                "x:-1",
                "x:1 OR 1=1",
                "x:9999999999999999999999",
                "d:1",
                "d:1:a\0b",
                "e:1:now",
                "e:1:2026-13-45T00:00:00Z",
                "e:1:+999999999-12-31T23:59:59Z",
                "e:1:-999999999-01-01T00:00:00Z",
                "e:1:2026-02-17T16:00:00Z'--"
            })
    void aCursorThatIsNoneIsRefused(String content) {
        String cursor = Base64.getUrlEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
        refuses(cursor);
        refuses(content);
    }

    @Test
    void aCursorOfAnotherListIsRefused() {
        assertThatThrownBy(() -> Cursor.event(Cursor.ofExport(1))).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> Cursor.export(Cursor.ofDelivery(1, "a"))).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> Cursor.delivery(Cursor.ofEvent(AT, 1))).isInstanceOf(ProblemException.class);
    }

    private static void refuses(String cursor) {
        assertThatThrownBy(() -> Cursor.export(cursor)).hasMessageContaining("the parameter cursor is not one");
        assertThatThrownBy(() -> Cursor.delivery(cursor)).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> Cursor.event(cursor)).isInstanceOf(ProblemException.class);
    }
}

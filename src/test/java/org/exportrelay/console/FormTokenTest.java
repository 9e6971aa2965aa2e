package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

/** Which forms are accepted. */
class FormTokenTest {

    private static final User ADA = new User("ada", Role.OPERATOR);
    private static final String HASH = "$2b$04$TI1BUzuDVBzLGSYESGN7Aub2l7GyVx4ehh8Ml8AvV0pQo6sXMVTNe";

    @Test
    void instancesWithTheSameUserAcceptEachOthersForms() {
        FormToken one = FormToken.ofHash(HASH);
        FormToken other = FormToken.ofHash(HASH);
        assertThatCode(() -> one.check(ADA, other.of(ADA))).doesNotThrowAnyException();
        assertThatCode(() -> other.check(ADA, one.of(ADA))).doesNotThrowAnyException();
    }

    @Test
    void aFormOfAnotherPasswordUserOrProcessIsRefused() {
        FormToken ada = FormToken.ofHash(HASH);
        FormToken changed = FormToken.ofHash(HASH.substring(0, HASH.length() - 1) + "f");
        FormToken process = FormToken.ofProcess();
        assertRefused(ada, changed.of(ADA));
        assertRefused(ada, ada.of(new User("alan", Role.OPERATOR)));
        assertRefused(ada, process.of(ADA));
        assertRefused(process, FormToken.ofProcess().of(ADA));
        assertRefused(ada, null);
        assertThatCode(() -> process.check(ADA, process.of(ADA))).doesNotThrowAnyException();
    }

    private static void assertRefused(FormToken token, String form) {
        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> token.check(ADA, form));
        assertThat(refused.problem().status()).isEqualTo(403);
    }
}

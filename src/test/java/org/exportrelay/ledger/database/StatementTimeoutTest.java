package org.exportrelay.ledger.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementTimeoutTest {

    @ParameterizedTest
    @CsvSource({"PT5S, 2, 1", "PT30S, 15, 3", "PT2M, 30, 10", "PT1H, 30, 10"})
    void leavesRoomForSeveralRenewalsWithinALease(Duration lease, long work, long renewal) {
        StatementTimeout ofWork = StatementTimeout.ofWork(lease);
        StatementTimeout ofRenewal = StatementTimeout.ofRenewal(lease);
        assertThat(ofWork.statement()).hasSeconds(work);
        assertThat(ofWork.silence()).isLessThan(lease);
        assertThat(ofRenewal.statement()).hasSeconds(renewal);
        assertThat(ofRenewal.silence().plus(lease.dividedBy(4)))
                .isLessThan(lease.multipliedBy(2).dividedBy(3));
    }
}

package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.exportrelay.config.Counts;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.Progress.Risk;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/** Warns of deliveries that are likely to expire first, each time a destination has more of them. For one thread. */
@Singleton
class ExpiryRisks {

    private static final Logger LOG = Logger.getLogger(ExpiryRisks.class);
    /** A delivery that still waits so shortly before its export expires is likely to miss it. */
    private static final Duration MARGIN = Duration.ofHours(1);

    private final Progress progress;
    private Map<String, Long> logged = Map.of();

    @Inject
    ExpiryRisks(Progress progress) {
        this.progress = progress;
    }

    /** The risks now; those that have grown are logged. */
    List<Risk> check() {
        List<Risk> risks = progress.atRisk(MARGIN);
        risks.stream()
                .filter(risk -> risk.deliveries() > logged.getOrDefault(risk.destination(), 0L))
                .forEach(risk -> LogEvent.DELIVERY_AT_RISK
                        .on(LOG)
                        .with(LogField.DESTINATION, risk.destination())
                        .warnf(
                                "exports:%s: %s likely to expire before being delivered, the first at %s; find out why, and fix"
                                        + " the cause now",
                                risk.destination(),
                                Counts.text(risk.deliveries(), "delivery is", "deliveries are"),
                                risk.firstEnd()));
        logged = risks.stream().collect(Collectors.toMap(Risk::destination, Risk::deliveries));
        return risks;
    }
}

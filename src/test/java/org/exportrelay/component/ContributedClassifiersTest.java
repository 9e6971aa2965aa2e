package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryFailures;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Classifiers of a user's own destinations, beside those of the relay. */
@QuarkusTest
@QuarkusTestResource(SandboxResource.class)
class ContributedClassifiersTest {

    private static final String ROUTE_FILE =
            """
            - beans:
                - name: partnerFailures
                  type: org.exportrelay.component.PartnerFailures
                  properties:
                    status: 418
            """;

    @Inject
    CamelContext context;

    @Inject
    CamelRuntime runtime;

    @Inject
    DeliveryFailures failures;

    @BeforeEach
    void startCamel() {
        if (!context.isStarted()) {
            runtime.start();
        }
    }

    @Test
    void asksAClassifierThatIsACdiBean() {
        DeliveryException closed = failures.of(new CamelExecutionException("", null, new WarehouseException(503)));
        assertThat(closed.action()).isEqualTo(FailureAction.OUTAGE);
        assertThat(closed.retryAfter()).contains(Duration.ofHours(8));
        assertThat(closed).hasMessage("the warehouse answered 503; check its opening hours");
        assertThat(failures.of(new WarehouseException(400)).action()).isEqualTo(FailureAction.PARK);
    }

    @Test
    void asksAClassifierThatIsABeanOfARouteFileBeforeAllOthers() throws Exception {
        assertThat(failures.of(answer(418)).action()).isEqualTo(FailureAction.PARK);
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("partner.camel.yaml", ROUTE_FILE));
        assertThat(failures.of(answer(418)).action()).isEqualTo(FailureAction.OUTAGE);
        assertThat(failures.of(answer(422)).action()).isEqualTo(FailureAction.PARK);
    }

    @Test
    void hasTheClassifiersOfItsOwnDestinations() {
        assertThat(failures.of(answer(503)).action()).isEqualTo(FailureAction.OUTAGE);
        assertThat(failures.of(new org.apache.kafka.common.errors.RecordTooLargeException())
                        .action())
                .isEqualTo(FailureAction.PARK);
        assertThat(failures.of(new jakarta.jms.JMSException("the queue is full"))
                        .action())
                .isEqualTo(FailureAction.OUTAGE);
        assertThat(failures.of(new IOException("none of theirs")).action()).isEqualTo(FailureAction.RETRY);
    }

    private static HttpOperationFailedException answer(int status) {
        return new HttpOperationFailedException("https://partner.example/", status, "", null, Map.of(), "");
    }
}

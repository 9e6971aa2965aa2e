package org.exportrelay.component;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.exportrelay.delivery.DeliveryFailures;
import org.exportrelay.delivery.FailureClassifier;

/** Collects what destinations contribute: CDI beans, and beans of route files, which come first. */
@Singleton
class ContributedClassifiers {

    @Produces
    @Singleton
    DeliveryFailures failures(CamelContext context, @Any Instance<FailureClassifier> beans) {
        return new DeliveryFailures(() -> all(context, beans));
    }

    /** Read at each failure: a route file that is loaded later may contribute one. */
    private static Stream<FailureClassifier> all(CamelContext context, Instance<FailureClassifier> beans) {
        Set<FailureClassifier> contributed = new LinkedHashSet<>();
        beans.forEach(contributed::add);
        Set<FailureClassifier> ofRouteFiles =
                new LinkedHashSet<>(context.getRegistry().findByType(FailureClassifier.class));
        ofRouteFiles.removeAll(contributed);
        return Stream.concat(ofRouteFiles.stream(), contributed.stream());
    }
}

package org.exportrelay.pgp;

import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.converter.crypto.PGPDataFormat;
import org.apache.camel.spi.DataFormat;

/**
 * Camel's data format {@code pgp} for steps of routes, under the name by which Camel looks it up. It is created when a route
 * has such a step: Camel Quarkus would load it, and Bouncy Castle with it, at each start.
 */
@Singleton
class PgpStep {

    @Produces
    @Dependent
    @Unremovable
    @Named("pgp-dataformat")
    DataFormat dataFormat() {
        return new PGPDataFormat();
    }
}

package org.exportrelay.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.exportrelay.routes.RouteFault;

/** Route files that cannot run: one line per fault. */
final class FaultyRoutesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FaultyRoutesException(List<RouteFault> faults) {
        super(faults.stream().map(RouteFault::toString).collect(Collectors.joining(System.lineSeparator())));
    }
}

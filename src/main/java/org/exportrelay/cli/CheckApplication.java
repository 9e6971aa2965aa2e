package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.exportrelay.check.CheckResult;
import org.exportrelay.check.CheckResult.Status;
import org.exportrelay.check.RelayCheck;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;

/** Prints the result of each check in a line. */
@Singleton
public class CheckApplication implements QuarkusApplication {

    private final CamelContext context;
    private final RelayCheck check;

    @Inject
    CheckApplication(CamelContext context, RelayCheck check) {
        this.context = context;
        this.check = check;
    }

    @Override
    public int run(String... args) {
        RouteFiles files = RouteFiles.inWorkingDirectory();
        List<RouteFault> faults = new RouteCheck(context).check(files).stopping();
        if (!faults.isEmpty()) {
            faults.forEach(System.out::println);
            return RelayProcess.WRONG;
        }
        Set<Status> seen = EnumSet.noneOf(Status.class);
        check.run(files, result -> {
            seen.add(result.status());
            System.out.println(line(result));
        });
        if (seen.contains(Status.API_FAILED)) {
            return RelayProcess.NO_API;
        }
        return seen.contains(Status.FAILED) ? RelayProcess.NOT_DELIVERED : RelayProcess.DELIVERED;
    }

    private static String line(CheckResult result) {
        String word =
                switch (result.status()) {
                    case OK -> "ok   ";
                    case NOT_TRIED -> "-    ";
                    case FAILED, API_FAILED -> "FAIL ";
                };
        return word + " " + result.subject() + ": " + result.text();
    }
}

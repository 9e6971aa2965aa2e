package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;

/** Checks the route files against the components and beans of this very program. */
@Singleton
public class ValidateApplication implements QuarkusApplication {

    private final CamelContext context;
    private final RelaySettings settings;

    @Inject
    ValidateApplication(CamelContext context, RelaySettings settings) {
        this.context = context;
        this.settings = settings;
    }

    @Override
    public int run(String... args) {
        RouteFiles files = RouteFiles.inWorkingDirectory();
        List<RouteFault> found = new RouteCheck(context).check(files).faults();
        found.forEach(System.out::println);
        long faults = found.stream().filter(RouteFault::stops).count();
        long warnings = found.size() - faults;
        if (settings.api().key().isEmpty() && settings.api().keyFile().isEmpty()) {
            warnings++;
            System.out.println(
                    "warning: relay.api.key is not set; run and once will need it (environment variable DM_API_KEY, or relay.api.key-file)");
        }
        Optional<String> environment = Settings.environmentWarning();
        environment.ifPresent(warning -> System.out.println("warning: " + warning));
        warnings += environment.isPresent() ? 1 : 0;
        System.out.printf(
                "validate: %s; %d route files, %d faults, %d warnings%n",
                faults == 0 ? "settings and routes are valid" : "routes have faults, which are listed above",
                files.list().size(),
                faults,
                warnings);
        return faults == 0 ? RelayProcess.DELIVERED : RelayProcess.WRONG;
    }
}

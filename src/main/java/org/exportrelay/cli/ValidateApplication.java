package org.exportrelay.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.exportrelay.config.Counts;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteRule;

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
        switch (ValidateOptions.Form.valueOf(args[0])) {
            case JSON -> FindingJson.lines(found, warnings()).forEach(System.out::println);
            case SARIF -> System.out.println(Sarif.of(found, Version.text()));
            case TEXT -> print(files, found);
        }
        return found.stream().anyMatch(RouteFault::stops) ? RelayProcess.WRONG : RelayProcess.DELIVERED;
    }

    private void print(RouteFiles files, List<RouteFault> found) {
        found.forEach(fault -> {
            System.out.println(fault);
            if (fault.rule() != RouteRule.FAULT) {
                System.out.println("  rule " + fault.rule().text());
            }
        });
        List<String> warnings = warnings();
        warnings.forEach(warning -> System.out.println("warning: " + warning));
        long faults = found.stream().filter(RouteFault::stops).count();
        System.out.printf(
                "validate: %s; %s, %s, %s%n",
                faults == 0 ? "settings and routes are valid" : "routes have faults, which are listed above",
                Counts.text(files.list().size(), "route file", "route files"),
                Counts.text(faults, "fault", "faults"),
                Counts.text(found.size() - faults + warnings.size(), "warning", "warnings"));
    }

    /** Those that concern no file. */
    private List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (settings.api().key().isEmpty() && settings.api().keyFile().isEmpty()) {
            warnings.add(
                    "relay.api.key is not set; run and once will need it (environment variable DM_API_KEY, or relay.api.key-file)");
        }
        Settings.environmentWarning().ifPresent(warnings::add);
        return warnings;
    }
}

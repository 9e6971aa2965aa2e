package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.exportrelay.check.CheckResult;
import org.exportrelay.check.CheckResult.Status;
import org.exportrelay.check.RelayCheck;
import org.exportrelay.json.JsonText;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import picocli.CommandLine;

/** Prints the result of each check in a line, for people or as JSON. */
@Singleton
public class CheckApplication implements QuarkusApplication {

    private final CamelContext context;
    private final RelayCheck check;
    private final JsonMapper mapper = JsonText.mapper();

    @Inject
    CheckApplication(CamelContext context, RelayCheck check) {
        this.context = context;
        this.check = check;
    }

    @Override
    public int run(String... args) {
        CheckOptions options = CommandLine.populateCommand(new CheckOptions(), args);
        RouteFiles files = RouteFiles.inWorkingDirectory();
        List<RouteFault> faults = new RouteCheck(context).check(files).stopping();
        if (!faults.isEmpty()) {
            faults.forEach(options.json() ? System.err::println : System.out::println);
            return RelayProcess.WRONG;
        }
        Set<Status> seen = EnumSet.noneOf(Status.class);
        check.run(files, result -> {
            seen.add(result.status());
            System.out.println(options.json() ? json(result) : line(result));
        });
        if (seen.contains(Status.API_FAILED)) {
            return RelayProcess.NO_API;
        }
        return seen.contains(Status.FAILED) ? RelayProcess.NOT_DELIVERED : RelayProcess.DELIVERED;
    }

    private String json(CheckResult result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("result", result.status().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        line.put("subject", result.subject());
        line.put("text", result.text());
        try {
            return mapper.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(CheckResult result) {
        String word =
                switch (result.status()) {
                    case OK -> "ok   ";
                    case NOT_TRIED -> "-    ";
                    case WARNING -> "WARN ";
                    case FAILED, API_FAILED -> "FAIL ";
                };
        return word + " " + result.subject() + ": " + result.text();
    }
}

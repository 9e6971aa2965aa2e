package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.exportrelay.routes.WaitingRoutes;
import org.exportrelay.routes.WaitingRoutes.WaitingFile;

/** The route files, and the confirmation of those that wait for it. */
@Singleton
final class RoutePages {

    private static final String PATH = "/routes";

    private final StatusOperations status;
    private final WaitingRoutes waiting;

    @Inject
    RoutePages(StatusOperations status, WaitingRoutes waiting) {
        this.status = status;
        this.waiting = waiting;
    }

    List<Page> pages() {
        return List.of(
                new Page(PATH, "routes", "routes.html", Set.of(), call -> Map.of("title", "Routes", "files", files())));
    }

    List<Form> forms() {
        return List.of(new Form("/routes/{file}/confirm", Set.of("digest"), this::confirm));
    }

    private List<Map<String, Object>> files() {
        Map<String, WaitingFile> byName =
                waiting.files().stream().collect(Collectors.toMap(WaitingFile::name, Function.identity()));
        return status.routes().stream()
                .map(route -> {
                    WaitingFile file = byName.get(String.valueOf(route.get("file")));
                    Map<String, Object> fields = new LinkedHashMap<>(route);
                    boolean waits = file != null && file.digest().equals(route.get("digest"));
                    fields.put("waiting", waits ? file.reasons() : List.of());
                    return fields;
                })
                .toList();
    }

    private String confirm(Call call) {
        String file = call.path("file");
        String digest = call.query().text("digest");
        if (digest == null || !waiting.confirm(file, digest, call.user().name())) {
            throw new Problem(
                            409,
                            "routes/" + Texts.shortened(file)
                                    + " does not wait for a confirmation of the version that the page has shown; open"
                                    + " the page Routes again")
                    .exception();
        }
        return PATH;
    }
}

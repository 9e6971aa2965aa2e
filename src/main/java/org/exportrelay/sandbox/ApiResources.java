package org.exportrelay.sandbox;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The API's resources: the list of exports, one export, the account. */
final class ApiResources {

    private static final String EXPORTS = "/v1/exports";
    private static final String ACCOUNT = "/v1/account";

    private final ExportCatalog catalog;
    private final ExportJson exportJson;
    private final InstantSource clock;

    ApiResources(ExportCatalog catalog, ExportJson exportJson, InstantSource clock) {
        this.catalog = catalog;
        this.exportJson = exportJson;
        this.clock = clock;
    }

    static boolean isList(Request request) {
        return request.path().equals(EXPORTS);
    }

    static boolean isExport(Request request) {
        return exportId(request.path()).isPresent();
    }

    /**
     * The reply to an accepted request.
     *
     * @param oauth whether it came with an OAuth token
     * @param shift by how many entries a list page is shifted
     */
    Reply answer(Request request, boolean oauth, int shift) {
        String path = request.path();
        Optional<String> exportId = exportId(path);
        if (!isList(request) && !path.equals(ACCOUNT) && exportId.isEmpty()) {
            return ApiReply.error(DocumentedError.NOT_FOUND.body("There is nothing at " + path));
        }
        if (!request.method().equals("GET")) {
            return ApiReply.error(ErrorBody.methodNotAllowed(request.method())).with("Allow", "GET");
        }
        if (path.equals(ACCOUNT)) {
            return ApiReply.data(Account.json(oauth, clock.instant()));
        }
        return exportId.map(this::export).orElseGet(() -> list(request.query(), shift));
    }

    private Reply list(QueryString parameters, int shift) {
        List<ListQuery.Issue> issues = new ArrayList<>();
        ListQuery query = ListQuery.parse(parameters, issues);
        if (!issues.isEmpty()) {
            return ApiReply.error(ErrorBody.validation(issues));
        }
        Instant now = clock.instant();
        // Mirrored at 0, so that the first page can be shifted as well.
        long offset = Math.abs(Math.min(query.offset(), Integer.MAX_VALUE) + shift);
        ExportCatalog.Page page = catalog.page(query.status(), offset, query.limit(), now);
        Map<String, Object> pagination = new LinkedHashMap<>();
        pagination.put("limit", query.limit());
        pagination.put("offset", query.offset());
        pagination.put("total", page.total());
        pagination.put("has_more", page.hasMore());
        Map<String, Object> body = new LinkedHashMap<>();
        body.put(
                "data",
                page.exports().stream()
                        .map(export -> exportJson.of(export, now))
                        .toList());
        body.put("pagination", pagination);
        return ApiReply.json(200, body);
    }

    private Reply export(String id) {
        return catalog.shown(id)
                .map(export -> ApiReply.data(exportJson.of(export, clock.instant())))
                .orElseGet(() -> ApiReply.error(DocumentedError.NOT_FOUND.body("There is no export " + id)));
    }

    private static Optional<String> exportId(String path) {
        String id = path.startsWith(EXPORTS + "/") ? path.substring(EXPORTS.length() + 1) : "";
        return id.isEmpty() || id.contains("/") ? Optional.empty() : Optional.of(id);
    }
}

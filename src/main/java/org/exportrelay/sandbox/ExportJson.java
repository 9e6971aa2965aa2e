package org.exportrelay.sandbox;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Exports as the API shows them: every documented field, null where documented. */
final class ExportJson {

    private final FileContents contents;
    private final StoreUrls urls;

    ExportJson(FileContents contents, StoreUrls urls) {
        this.contents = contents;
        this.urls = urls;
    }

    /** The export as it is at that time, with newly signed URLs. */
    Map<String, Object> of(SandboxExport export, Instant now) {
        boolean completed = export.status(now) == ExportStatus.COMPLETED;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("export_id", export.id());
        json.put("status", export.status(now).json());
        json.put("name", export.name());
        json.put("progress", export.progress(now));
        json.put("progress_stage", export.progressStage(now));
        json.put("record_count", completed ? export.recordCount() : null);
        json.put("file_size", completed ? fileSize(export) : null);
        json.put("download_urls", export.downloadable(now) ? downloads(export, now) : null);
        json.put("created_at", ApiTimestamp.text(export.createdAt()));
        json.put("updated_at", ApiTimestamp.text(export.updatedAt(now)));
        json.put("expires_at", ApiTimestamp.text(export.expiresAt()));
        return json;
    }

    private long fileSize(SandboxExport export) {
        return indices(export)
                .mapToLong(index -> contents.facts(export, index).size())
                .sum();
    }

    private List<Map<String, Object>> downloads(SandboxExport export, Instant now) {
        return indices(export).mapToObj(index -> download(export, index, now)).toList();
    }

    private Map<String, Object> download(SandboxExport export, int index, Instant now) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("filename", export.files().get(index).filename());
        json.put("url", urls.sign(export, index, now));
        json.put("size", contents.facts(export, index).size());
        return json;
    }

    private static IntStream indices(SandboxExport export) {
        return IntStream.range(0, export.files().size());
    }
}

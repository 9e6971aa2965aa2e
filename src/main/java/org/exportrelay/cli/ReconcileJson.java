package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.exportrelay.check.Finding;
import org.exportrelay.check.Tally;
import org.exportrelay.json.JsonText;
import org.exportrelay.ledger.DeliveredFiles.DeliveredFile;

/** An object a line; the field {@code result} says which kind. docs/operating.md lists the fields. */
record ReconcileJson(PrintWriter out, JsonMapper mapper) implements ReconcileOutput {

    ReconcileJson(PrintWriter out) {
        this(out, JsonText.mapper());
    }

    @Override
    public void finding(Finding finding) {
        DeliveredFile delivered = finding.delivered();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("result", finding.kind().name().toLowerCase(Locale.ROOT));
        line.put("destination", finding.destination());
        line.put("location", finding.location());
        line.put("delivery_id", delivered == null ? null : delivered.deliveryId());
        line.put("export_id", delivered == null ? null : delivered.exportId());
        line.put("file", delivered == null ? null : delivered.name());
        line.put("delivered_size", delivered == null ? null : delivered.size());
        line.put("delivered_sha256", delivered == null ? null : delivered.sha256());
        line.put("size", finding.size());
        line.put("sha256", finding.sha256());
        line.put("text", finding.text());
        print(line);
    }

    @Override
    public void tally(Tally tally) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("result", "summary");
        line.put("destination", tally.destination());
        line.put("same", tally.same());
        line.put("missing", tally.missing());
        line.put("different", tally.different());
        line.put("unknown", tally.unknown());
        line.put("unchecked", tally.unchecked());
        line.put("without_place", tally.withoutPlace());
        print(line);
    }

    @Override
    public void replayed(long replayed, long expired) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("result", "replay");
        line.put("replayed", replayed);
        line.put("expired", expired);
        print(line);
    }

    private void print(Map<String, Object> line) {
        try {
            out.println(mapper.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}

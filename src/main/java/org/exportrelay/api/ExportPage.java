package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One page of the list. An entry that cannot be understood is set apart with its reason, so that one
 * malformed export never hides the others.
 *
 * @param ids the export ids of all entries in the API's order, {@code unknown} where there is none
 * @param data the exports that can be understood, in the API's order
 * @param rejected the entries that cannot
 * @param pagination what the API says of the page; never null
 */
@JsonDeserialize(using = ExportPage.Deserializer.class)
public record ExportPage(List<String> ids, List<Export> data, List<RejectedEntry> rejected, Pagination pagination) {

    /** Reads entry by entry. */
    static final class Deserializer extends StdDeserializer<ExportPage> {

        private static final long serialVersionUID = 1L;

        Deserializer() {
            super(ExportPage.class);
        }

        @Override
        public ExportPage deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            JsonNode page = context.readTree(parser);
            if (!page.path("data").isArray()) {
                context.reportInputMismatch(this, "the answer has no array \"data\"");
            }
            List<String> ids = new ArrayList<>();
            List<Export> data = new ArrayList<>();
            List<RejectedEntry> rejected = new ArrayList<>();
            for (JsonNode entry : page.path("data")) {
                try {
                    if (!entry.isObject()) {
                        context.reportInputMismatch(this, "the entry is not a JSON object");
                    }
                    Export export = context.readTreeAsValue(entry, Export.class);
                    ids.add(export.exportId());
                    data.add(export);
                } catch (JsonProcessingException e) {
                    RejectedEntry reason = RejectedEntry.of(entry, e);
                    ids.add(reason.exportId());
                    rejected.add(reason);
                }
            }
            Pagination pagination = page.path("pagination").isObject()
                    ? context.readTreeAsValue(page.path("pagination"), Pagination.class)
                    : new Pagination(null, null);
            return new ExportPage(List.copyOf(ids), List.copyOf(data), List.copyOf(rejected), pagination);
        }
    }
}

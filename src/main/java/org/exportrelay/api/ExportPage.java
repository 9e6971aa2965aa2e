package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One page of the list. An entry that cannot be read is rejected with its reason, so that one malformed
 * export never hides the others.
 *
 * @param ids the export ids of all entries in the API's order, {@code unknown} where there is none
 * @param data the exports that can be read, in the API's order
 * @param rejected the entries that cannot
 * @param pagination whether more entries follow; never null
 */
public record ExportPage(List<String> ids, List<Export> data, List<RejectedEntry> rejected, Pagination pagination) {

    /** Reads entry by entry, and fields that no delivery needs leniently. */
    static final class Deserializer extends JsonDeserializer<ExportPage> {

        private final LenientFields lenient = new LenientFields();

        @Override
        public ExportPage getNullValue(DeserializationContext context) throws JsonMappingException {
            return context.reportInputMismatch(this, "the answer is null");
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
                    if (!(entry instanceof ObjectNode fields)) {
                        throw context.instantiationException(Export.class, "the entry is not a JSON object");
                    }
                    checkSize(fields, context);
                    lenient.correctExport(fields);
                    Export export = context.readTreeAsValue(fields, Export.class);
                    ids.add(export.exportId());
                    data.add(export);
                } catch (JsonProcessingException e) {
                    RejectedEntry reason = RejectedEntry.of(entry, e);
                    ids.add(reason.exportId());
                    rejected.add(reason);
                }
            }
            return new ExportPage(
                    List.copyOf(ids), List.copyOf(data), List.copyOf(rejected), pagination(page, context));
        }

        private static void checkSize(ObjectNode fields, DeserializationContext context) throws JsonMappingException {
            try {
                OversizeEntry.check(fields);
            } catch (IllegalArgumentException tooLarge) {
                throw context.instantiationException(Export.class, tooLarge);
            }
        }

        private Pagination pagination(JsonNode page, DeserializationContext context) throws IOException {
            if (!(page.path("pagination") instanceof ObjectNode fields)) {
                return new Pagination(null, null);
            }
            lenient.correctPagination(fields);
            return context.readTreeAsValue(fields, Pagination.class);
        }
    }
}

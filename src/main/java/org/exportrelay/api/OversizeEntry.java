package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The answer with a single export that is larger than the relay reads, without its files: the export is then rejected
 * under its own id, and the list continues behind it. Reads the answer as a stream, in constant memory.
 */
final class OversizeEntry {

    private static final String FILES = "download_urls";
    /** Of an object instead of the files; the API itself lists them as an array. */
    private static final String NUMBER = "omitted_files";

    private static final JsonFactory JSON = new JsonFactory();
    /** What is left without the files is small. */
    private static final int LARGEST_REST = 1024 * 1024;

    private OversizeEntry() {}

    /**
     * @param answer the whole answer
     * @throws IOException if it is not JSON, or is too large even without its files
     */
    static byte[] withoutFiles(InputStream answer) throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try (JsonParser parser = JSON.createParser(answer);
                JsonGenerator generator = JSON.createGenerator(rest)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                generator.copyCurrentEvent(parser);
                if (token == JsonToken.FIELD_NAME && FILES.equals(parser.currentName())) {
                    copyNumber(parser, generator);
                }
                if (rest.size() > LARGEST_REST) {
                    throw new AnswerTooLargeException(LARGEST_REST);
                }
            }
        }
        return rest.toByteArray();
    }

    private static void copyNumber(JsonParser parser, JsonGenerator generator) throws IOException {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            generator.copyCurrentStructure(parser);
            return;
        }
        int files = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            parser.skipChildren();
            files++;
        }
        generator.writeStartObject();
        generator.writeNumberField(NUMBER, files);
        generator.writeEndObject();
    }

    /**
     * @throws IllegalArgumentException if an entry of a page has lost its files here
     */
    static void check(JsonNode entry) {
        JsonNode files = entry.path(FILES).path(NUMBER);
        if (files.isInt()) {
            throw new IllegalArgumentException("its entry with " + files.intValue() + " files is larger than "
                    + AnswerReader.LARGEST_ANSWER + " bytes, the limit of the relay");
        }
    }
}

package org.exportrelay.cli;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.exportrelay.config.FileNameEncoding;

/** JSON on standard output, which is the same in every locale. */
final class JsonLines {

    private JsonLines() {}

    static JsonMapper mapper() {
        return JsonMapper.builder()
                .configure(JsonWriteFeature.ESCAPE_NON_ASCII, !FileNameEncoding.isUnicode())
                .build();
    }
}

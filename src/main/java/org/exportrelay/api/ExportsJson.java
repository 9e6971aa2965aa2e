package org.exportrelay.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;

/** How the API's JSON is read: unknown fields are ignored, and no type is converted but by {@link LenientFields}. */
public final class ExportsJson {

    /**
     * A page of 100 exports of 50 files each has 45,000 tokens and a depth of 6. One odd field must not block a page,
     * so much more is read, as far as it costs little memory and time; the size of an answer is bounded too.
     */
    private static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxTokenCount(1_000_000)
            .maxNestingDepth(10_000)
            .maxNumberLength(10_000)
            .maxStringLength(4_000_000)
            .maxNameLength(4_000_000)
            .build();

    private ExportsJson() {}

    /** The mapper that routes refer to as {@code #exportsJson}. */
    @Produces
    @Singleton
    @Named("exportsJson")
    public static ObjectMapper exportsJson() {
        return JsonMapper.builder(
                        JsonFactory.builder().streamReadConstraints(BOUNDS).build())
                .enable(
                        JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
                        JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS,
                        JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS,
                        JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS,
                        JsonReadFeature.ALLOW_TRAILING_DECIMAL_POINT_FOR_NUMBERS,
                        JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS,
                        JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
                .addModule(new JavaTimeModule())
                .addModule(new SimpleModule().addDeserializer(ExportPage.class, new ExportPage.Deserializer()))
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .withCoercionConfig(LogicalType.Textual, coercion -> coercion.setCoercion(
                                CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .build();
    }
}

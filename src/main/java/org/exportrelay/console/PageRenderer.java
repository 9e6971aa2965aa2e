package org.exportrelay.console;

import io.quarkus.qute.Engine;
import io.quarkus.qute.EvalContext;
import io.quarkus.qute.Expression;
import io.quarkus.qute.HtmlEscaper;
import io.quarkus.qute.ReflectionValueResolver;
import io.quarkus.qute.TemplateLocator.TemplateLocation;
import io.quarkus.qute.ValueResolver;
import io.quarkus.qute.Variant;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Secrets;

/**
 * Renders pages from templates. Every value is escaped as text, and has no secret. Created when the first page is asked for.
 * Thread-safe.
 */
@Singleton
final class PageRenderer {

    private static final String ROOT = "/META-INF/export-relay/pages/";
    private static final Variant HTML = Variant.forContentType("text/html");
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

    private final Engine engine = Engine.builder()
            .addDefaults()
            .addResultMapper(new MaskedHtml())
            .addValueResolver(ofTexts())
            .addValueResolver(ofNumbers())
            .addValueResolver(new ReflectionValueResolver())
            .addLocator(name -> Optional.of(new Resource(ROOT + name)))
            .strictRendering(true)
            .build();

    /**
     * Renders a page, or a part of one.
     *
     * @param template its file
     * @param values maps, lists and simple values
     */
    String render(String template, Map<String, Object> values) {
        return engine.getTemplate(template).render(values);
    }

    private static ValueResolver ofTexts() {
        return ValueResolver.builder()
                .appliesTo(context -> context.getBase() instanceof String
                        && Set.of("utc", "path", "start").contains(context.getName()))
                .resolveSync(context -> text((String) context.getBase(), context))
                .build();
    }

    private static String text(String text, EvalContext context) {
        return switch (context.getName()) {
            case "utc" -> UTC.format(Instant.parse(text).truncatedTo(ChronoUnit.SECONDS));
            case "path" -> Texts.path(text);
            default -> text.substring(0, Math.min(12, text.length())) + "…";
        };
    }

    private static ValueResolver ofNumbers() {
        return ValueResolver.builder()
                .appliesTo(context -> context.getBase() instanceof Number
                        && Set.of("grouped", "bytes").contains(context.getName()))
                .resolveSync(context -> number(((Number) context.getBase()).longValue(), context))
                .build();
    }

    private static String number(long number, EvalContext context) {
        if (context.getName().equals("grouped") || number < 1024) {
            return Counts.grouped(number) + (context.getName().equals("bytes") ? " B" : "");
        }
        double value = number;
        int unit = -1;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    /** The last line of defence, as for answers in JSON. */
    private static final class MaskedHtml extends HtmlEscaper {

        MaskedHtml() {
            super(List.of("text/html"));
        }

        @Override
        public String map(Object result, Expression expression) {
            return super.map(Secrets.masked(String.valueOf(result)), expression);
        }
    }

    private record Resource(String path) implements TemplateLocation {

        @Override
        public Reader read() {
            return new InputStreamReader(open(), StandardCharsets.UTF_8);
        }

        private InputStream open() {
            InputStream in = PageRenderer.class.getResourceAsStream(path);
            if (in == null) {
                throw new UncheckedIOException(new IOException("the jar lacks " + path));
            }
            return in;
        }

        @Override
        public Optional<Variant> getVariant() {
            return Optional.of(HTML);
        }
    }
}

package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Predicate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

/** The expressions of docs/routes.md compare as documented. */
class FilterDocsTest {

    private static final Pattern ROW = Pattern.compile("\\| `(\\$\\{header\\.[^`]+)` \\|.*");

    @Test
    void everyDocumentedExpressionIsTrueForTheExportThatThePageNames() throws Exception {
        String page = Files.readString(Path.of("docs/routes.md"));
        String section = page.substring(page.indexOf("## Filters and expressions"), page.indexOf("## Check the columns"));
        List<String> expressions = section.lines()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> row.group(1))
                .toList();
        assertThat(expressions).hasSizeGreaterThan(8);
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(context);
            exchange.getMessage().setHeader("ExportName", "properties_export");
            exchange.getMessage().setHeader("ExportRecordCount", 12L);
            for (String expression : expressions) {
                Predicate predicate = context.resolveLanguage("simple").createPredicate(expression);
                assertThat(predicate.matches(exchange)).as(expression).isTrue();
            }
        }
    }
}

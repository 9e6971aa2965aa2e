package org.exportrelay.component;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.catalog.EndpointValidationResult;
import org.apache.camel.catalog.RuntimeCamelCatalog;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Camel's catalog, and with it editors, know of the relay's components. */
class CatalogTest {

    private static final String LIST = "META-INF/services/org/apache/camel/component.properties";
    private static final Pattern HEADER = Pattern.compile("`(Export\\w+)`");

    private final CamelContext context = new DefaultCamelContext();
    private RuntimeCamelCatalog catalog;

    @BeforeEach
    void start() {
        context.start();
        catalog = PluginHelper.getRuntimeCamelCatalog(context);
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void theListOfComponentsNamesEachOfThem() throws IOException {
        Properties list = new Properties();
        try (InputStream file = Files.newInputStream(Path.of("src/generated/resources", LIST))) {
            list.load(file);
        }
        assertThat(list.getProperty("components").split(" "))
                .containsExactlyInAnyOrder("exports", "export-events", "kafka-records", "table-records");
        assertThat(list.getProperty("groupId")).isEqualTo("org.exportrelay");
        assertThat(list.getProperty("artifactId")).isEqualTo("export-relay");
    }

    @ParameterizedTest
    @CsvSource({
        "exports, exports:destination, org.exportrelay.component.ExportsComponent",
        "export-events, export-events:name, org.exportrelay.component.ExportEventsComponent",
        "kafka-records, kafka-records:topic, org.exportrelay.destinations.kafka.KafkaRecordsComponent",
        "table-records, table-records:table, org.exportrelay.destinations.table.TableRecordsComponent"
    })
    void theCatalogDescribesEachComponentAndEachOfItsOptions(String scheme, String syntax, String type)
            throws IOException {
        JsonNode json = schema(scheme);
        assertThat(json.at("/component/syntax").asText()).isEqualTo(syntax);
        assertThat(json.at("/component/javaType").asText()).isEqualTo(type);
        assertThat(json.at("/component/description").asText()).endsWith(".");
        assertThat(json.get("properties")).isNotEmpty().allSatisfy(option -> {
            assertThat(option.get("description").asText()).isNotBlank();
            assertThat(option.get("displayName").asText()).isNotBlank();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exports | destination=archive payload=file parallel=8 maxRetryDelay=15m overwrite=true | true",
                "exports | destination=archive payload=link expectColumns=parcel_id,owner | true",
                "exports | destination=archive payload=files | false",
                "exports | destination=archive paralel=8 | false",
                "exports | destination=archive parallel=many | false",
                "exports | payload=file | false",
                "kafka-records | topic=rows keyColumn=parcel_id receiptsTopic=receipts | true",
                "kafka-records | keyColumn=parcel_id | false",
                "table-records | table=rows url=jdbc:postgresql://db/x mode=upsert key=id createTable=true | true",
                "table-records | table=rows url=jdbc:postgresql://db/x mode=merge | false",
                "table-records | table=rows url=jdbc:postgresql://db/x onNewColumns=add | false",
                "table-records | table=rows | false"
            })
    void theCatalogAcceptsRightOptionsAndRefusesWrongOnes(String scheme, String options, boolean isRight) {
        Map<String, String> values = Stream.of(options.split(" "))
                .map(option -> option.split("="))
                .collect(Collectors.toMap(option -> option[0], option -> option[1]));
        EndpointValidationResult result = catalog.validateProperties(scheme, values);
        assertThat(result.isSuccess()).as(result.summaryErrorMessage(false)).isEqualTo(isRight);
    }

    /** It takes those of the kafka component, which its own description does not repeat. */
    @Test
    void kafkaRecordsAcceptsFurtherOptions() throws Exception {
        assertThat(schema("kafka-records").at("/component/lenientProperties").asBoolean())
                .isTrue();
        assertThat(catalog.endpointLenientProperties("kafka-records:rows?keyColumn=parcel_id&brokers=kafka:9092"))
                .containsOnlyKeys("brokers");
    }

    @Test
    void theHeadersOfTheCatalogTheCodeAndTheDocumentationAreTheSame() throws IOException {
        Set<String> inCode = Stream.of(ExportHeaders.class.getFields())
                .map(CatalogTest::value)
                .collect(Collectors.toSet());
        String page = Files.readString(Path.of("docs/routes.md"));
        String table = page.substring(page.indexOf("## Headers"), page.indexOf("## What a route can rely on"));
        assertThat(HEADER.matcher(table)
                        .results()
                        .map(header -> header.group(1))
                        .collect(Collectors.toSet()))
                .isEqualTo(inCode);
        Map<?, ?> headers = new ObjectMapper().convertValue(schema("exports").get("headers"), Map.class);
        assertThat(headers.keySet()).isEqualTo(inCode);
    }

    @Test
    void theProgramHasTheComponentsAndFormatsThatTheGuideLists() throws IOException {
        String page = Files.readString(Path.of("docs/routes.md"));
        String list = page.substring(page.indexOf("The program has these Camel components:"));
        String names = list.substring(0, list.indexOf("If a route uses")).replaceAll("\\(in YAML\\s+`json`\\)", "");
        assertThat(Pattern.compile("`([\\w-]+)`").matcher(names).results().map(name -> name.group(1)))
                .hasSizeGreaterThan(20)
                .allMatch(name -> Stream.of("component/", "dataformat/", "language/")
                        .anyMatch(kind -> getClass()
                                        .getClassLoader()
                                        .getResource("META-INF/services/org/apache/camel/" + kind + name)
                                != null));
    }

    private JsonNode schema(String scheme) throws IOException {
        return new ObjectMapper().readTree(catalog.componentJSonSchema(scheme));
    }

    private static String value(Field constant) {
        try {
            return (String) constant.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}

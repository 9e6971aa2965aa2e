package org.exportrelay.destinations.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.kafka.KafkaConfiguration;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultRegistry;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Kafka examples as they are, with values that mean something in a URI. */
class KafkaRecordsOptionsTest {

    private static final Map<String, String> ORDINARY = Map.of(
            "kafka.brokers", "one:9092,two:9092",
            "kafka.records-topic", "records",
            "kafka.links-topic", "links",
            "kafka.security-protocol", "SASL_SSL",
            "kafka.sasl-mechanism", "PLAIN");

    @TempDir
    private Path directory;

    private final List<String> set = new ArrayList<>();
    private DefaultCamelContext context;

    @BeforeEach
    void start() throws IOException {
        ORDINARY.forEach(this::set);
        for (String example : List.of("deliver-links-to-kafka", "deliver-records-to-kafka")) {
            String file = example + ".camel.yaml";
            Files.copy(Path.of("routes/examples", file), directory.resolve(file));
        }
        DefaultRegistry beans = new DefaultRegistry();
        beans.bind("textHeaders", new TextHeaderSerializer());
        beans.bind("kafkaRecordsUriFactory", new KafkaRecordsUriFactory());
        context = new DefaultCamelContext(beans);
    }

    @AfterEach
    void stop() throws IOException {
        context.close();
        set.forEach(System::clearProperty);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pa&ss=w0rd&x",
                "pa+ss word",
                "pa%26ss%zz",
                "pa#ss?w0rd",
                "pa)ss(w0rd",
                "pa\\\"ss;w0rd",
                "RAW(pass)",
                "alpha)&zulu=quux",
                "alpha)&zulu",
                "alpha)&kilo&zulu=quux)&lima=x,y"
            })
    void readsPasswordsAsTheKafkaComponentItselfDoes(String password) {
        set("kafka.sasl-jaas-config", jaas(password));
        set("kafka.truststore-password", password);
        assertThat(faults()).isEmpty();
        for (KafkaConfiguration kafka : configurations()) {
            assertThat(kafka.getSaslJaasConfig()).isEqualTo(jaas(password));
            assertThat(kafka.getSslTruststorePassword()).isEqualTo(password);
        }
    }

    @Test
    void readsOtherOptionsAsTheKafkaComponentItselfDoes() {
        set("kafka.truststore-file", "/etc/a b/c%d.jks");
        List<KafkaConfiguration> read = configurations();
        assertThat(read).extracting(KafkaConfiguration::getBrokers).containsOnly("one:9092,two:9092");
        assertThat(read)
                .extracting(KafkaConfiguration::getSslTruststoreLocation)
                .containsOnly("/etc/a b/c%d.jks");
    }

    /** Camel's own syntax ends a value there; the rest becomes the names of options. */
    @ParameterizedTest
    @ValueSource(strings = {"alpha)&zulu=quux", "alpha)&zulu", "alpha)&kilo&zulu=quux)&lima=x,y"})
    void namesNoPartOfAValueThatCannotBeRead(String value) {
        set("kafka.truststore-file", value);
        assertThat(faults()).isNotEmpty().allSatisfy(fault -> assertThat(fault.message())
                .doesNotContain("alpha", "zulu", "quux", "kilo", "lima", "x,y")
                .contains("write RAW({{key}})"));
    }

    private static String jaas(String password) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"relay\" password=\""
                + password + "\";";
    }

    private List<RouteFault> faults() {
        return new RouteCheck(context).check(new RouteFiles(directory)).faults();
    }

    private List<KafkaConfiguration> configurations() {
        List<KafkaConfiguration> read = new ArrayList<>();
        new RouteCheck(context).visitTargets(new RouteFiles(directory), new RouteCheck.TargetVisitor() {
            @Override
            public void endpoint(String from, Endpoint endpoint) {
                read.add((endpoint instanceof KafkaRecordsEndpoint records
                                ? records.connection()
                                : (KafkaEndpoint) endpoint)
                        .getConfiguration());
            }

            @Override
            public void bean(String from, Object bean) {
                throw new AssertionError("no bean is called here");
            }
        });
        assertThat(read).hasSize(2);
        return read;
    }

    private void set(String key, String value) {
        set.add(key);
        System.setProperty(key, value);
    }
}

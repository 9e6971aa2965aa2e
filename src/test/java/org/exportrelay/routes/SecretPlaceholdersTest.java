package org.exportrelay.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.Endpoint;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.component.file.remote.SftpEndpoint;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.destinations.sftp.StrictSftpComponent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Passwords that mean something to Camel, in routes as the shipped ones are written. */
class SecretPlaceholdersTest {

    private static final String SFTP =
            """
            - to:
                uri: "sftp://{{sftp.host}}:{{sftp.port:22}}/in"
                parameters:
                  username: "{{sftp.username}}"
                  password: "{{?sftp.password}}"
                  privateKeyPassphrase: "{{?sftp.private-key-passphrase}}"
            """;

    private final DefaultCamelContext context = new DefaultCamelContext();

    static Stream<String> secrets() {
        return Stream.of(
                "#bean:geheim",
                "#geheim",
                "#class:java.lang.String",
                "#property:sftp.host",
                "#valueAs(int):12345",
                "#autowired",
                "pa{{b}}cdef",
                "pa{{b",
                "b}}pa",
                "{{?x}}1234",
                "{{sftp.host}}",
                "\\{{x}}",
                "x\\",
                "x\\1",
                "x\\\\",
                "${sys.HOME}$simple{x}",
                "$simple{body}",
                "tab\tünï€12",
                "line\nbreak",
                "RAW(abcdefgh)",
                "RAW{abcdefgh}",
                "a%20b+c&d=e?f%25",
                "x)&password=y",
                " leading and trailing ",
                "q\"uo'te",
                "ENC(abcdef)",
                "$1\\1$");
    }

    @BeforeEach
    void start() {
        PropertiesComponent properties = (PropertiesComponent) context.getPropertiesComponent();
        properties.setPropertiesParser(new SecretPlaceholders(context));
        properties.addInitialProperty("sftp.host", "127.0.0.1");
        properties.addInitialProperty("sftp.username", "relay");
        properties.addInitialProperty("kafka.brokers", "127.0.0.1:9");
        context.addComponent("sftp", new StrictSftpComponent());
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesAPasswordOfSftpLiterally(String secret) throws Exception {
        set("sftp.password", secret);
        SftpEndpoint endpoint = (SftpEndpoint) load(SFTP);
        assertThat(endpoint.getConfiguration().getPassword()).isEqualTo(secret);
        assertThat(endpoint.getConfiguration().getUsername()).isEqualTo("relay");
        assertThat(endpoint.getConfiguration().getPrivateKeyPassphrase()).isNull();
        assertThat(endpoint.getEndpointUri()).doesNotContain(secret);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesAPassphraseOfSftpLiterally(String secret) throws Exception {
        set("sftp.private-key-passphrase", secret);
        assertThat(((SftpEndpoint) load(SFTP)).getConfiguration().getPrivateKeyPassphrase())
                .isEqualTo(secret);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesTheLoginOfKafkaLiterally(String secret) throws Exception {
        set("kafka.sasl-jaas-config", secret);
        set("kafka.truststore-password", "x" + secret);
        KafkaEndpoint endpoint = (KafkaEndpoint)
                load(
                        """
                - to:
                    uri: "kafka:links"
                    parameters:
                      brokers: "{{kafka.brokers}}"
                      saslMechanism: "{{?kafka.sasl-mechanism}}"
                      saslJaasConfig: "{{?kafka.sasl-jaas-config}}"
                      sslTruststorePassword: "{{?kafka.truststore-password}}"
                """);
        assertThat(endpoint.getConfiguration().getSaslJaasConfig()).isEqualTo(secret);
        assertThat(endpoint.getConfiguration().getSslTruststorePassword()).isEqualTo("x" + secret);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesASecretInsideAnOptionLiterally(String secret) throws Exception {
        set("kafka.password", secret);
        KafkaEndpoint endpoint = (KafkaEndpoint)
                load(
                        """
                - to:
                    uri: "kafka:links"
                    parameters:
                      brokers: "{{kafka.brokers}}"
                      saslJaasConfig: "login username={{sftp.username}} password={{kafka.password}};"
                """);
        assertThat(endpoint.getConfiguration().getSaslJaasConfig())
                .isEqualTo("login username=relay password=" + secret + ";");
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesAPassphraseOfExportsLiterally(String secret) throws Exception {
        set("pgp.sign-passphrase", secret);
        assertThat(
                        load(
                                """
                - to:
                    uri: "exports:partner"
                    parameters:
                      payload: file
                      encryptTo: partner.asc
                      signWith: relay.asc
                      signPassphrase: "{{?pgp.sign-passphrase}}"
                """))
                .hasFieldOrPropertyWithValue("signPassphrase", secret)
                .extracting(Endpoint::getEndpointUri)
                .asString()
                .doesNotContain(secret);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesASecretOfATextLiterally(String secret) {
        set("api.key", secret);
        set("alert.text", "Bearer {{api.key}}");
        assertThat(context.resolvePropertyPlaceholders("{{api.key}}")).isEqualTo(secret);
        assertThat(context.resolvePropertyPlaceholders("{{alert.text}}")).isEqualTo("Bearer " + secret);
        assertThat(context.resolvePropertyPlaceholders("'{{api.key}}'")).isEqualTo("'" + secret + "'");
        assertThat(context.resolvePropertyPlaceholders("'{{api.key}}, {{api.key}}'."))
                .isEqualTo("'" + secret + ", " + secret + "'.");
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void takesASecretOfABeanLiterally(String secret) throws Exception {
        set("jms.password", secret);
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(
                        ResourceHelper.fromString(
                                "beans.yaml",
                                """
                - beans:
                    - name: broker
                      type: org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory
                      properties:
                        brokerURL: tcp://127.0.0.1:9
                        user: "{{sftp.username}}"
                        password: "{{jms.password}}"
                """));
        assertThat(context.getRegistry().lookupByName("broker"))
                .hasFieldOrPropertyWithValue("user", "relay")
                .hasFieldOrPropertyWithValue("password", secret);
    }

    @Test
    void resolvesReferencesInOtherValues() {
        set("base", "/mnt");
        set("directory", "{{base}}/archive");
        assertThat(context.resolvePropertyPlaceholders("file:{{directory}}?x={{y:1}}"))
                .isEqualTo("file:/mnt/archive?x=1");
    }

    @Test
    void leavesOptionsOfOtherComponentsAsTheyAre() throws Exception {
        set("partner.password", "p&ss+w%rd#1");
        HttpEndpoint endpoint = (HttpEndpoint)
                load(
                        """
                - to:
                    uri: "https://partner.example/hook?authMethod=Basic&authUsername=relay&authPassword=RAW({{partner.password}})"
                """);
        assertThat(endpoint.getEndpointUri()).contains("authPassword=p%26ss%2Bw%25rd%231");
    }

    private void set(String key, String value) {
        ((PropertiesComponent) context.getPropertiesComponent()).addInitialProperty(key, value);
    }

    private Endpoint load(String step) throws Exception {
        String route = "- route:\n    from:\n      uri: direct:x\n      steps:\n" + step.indent(8);
        List<RoutesBuilder> builders = List.copyOf(
                PluginHelper.getRoutesLoader(context).findRoutesBuilders(ResourceHelper.fromString("x.yaml", route)));
        builders.get(0).addRoutesToCamelContext(context);
        return context.getEndpoint(
                EndpointUse.of(context.getRouteDefinitions().get(0)).get(1).uri());
    }
}

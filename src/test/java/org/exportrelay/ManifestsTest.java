package org.exportrelay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.exportrelay.testing.InstalledCopy;
import org.exportrelay.testing.InstalledCopy.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Kubernetes manifests have no field that Kubernetes does not know, and run with few rights. */
class ManifestsTest {

    private static final Path MANIFESTS = Path.of("src/main/packaging/kubernetes");

    private static final Path KUBECTL = Path.of("/usr/bin/kubectl");

    private static final String KUSTOMIZATION =
            """
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            namespace: relays
            resources:
              - kubernetes/%s
            components:
              - kubernetes/monitoring
              - kubernetes/network-policy
            images:
              - name: export-relay
                newName: registry.example.com/export-relay
                newTag: 1.2.3
            """;

    private static final Map<String, Class<?>> KINDS = Map.of(
            "ConfigMap", ConfigMap.class,
            "ServiceAccount", ServiceAccount.class,
            "Service", Service.class,
            "StatefulSet", StatefulSet.class,
            "Deployment", Deployment.class,
            "PodDisruptionBudget", PodDisruptionBudget.class,
            "NetworkPolicy", NetworkPolicy.class,
            "ServiceMonitor", ServiceMonitor.class,
            "PrometheusRule", PrometheusRule.class);

    /** The types of the API would collect unknown fields. */
    private static final ObjectMapper STRICT = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            });

    static List<Path> manifests() throws IOException {
        try (Stream<Path> files = Files.walk(MANIFESTS)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("kustomization.yaml"))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void haveOnlyFieldsThatKubernetesKnows(Path file) throws IOException {
        JsonNode manifest = STRICT.readTree(file.toFile());
        Object parsed =
                STRICT.treeToValue(manifest, KINDS.get(manifest.get("kind").asText()));
        assertThat(parsed)
                .hasFieldOrPropertyWithValue(
                        "apiVersion", manifest.get("apiVersion").asText());
    }

    /** As docs/install-kubernetes.md says: a kustomization of the user's own, with both components. */
    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgresql"})
    void whatKustomizeRendersHasOnlyFieldsThatKubernetesKnows(String overlay, @TempDir Path repository)
            throws IOException {
        assumeThat(KUBECTL)
                .as("kubectl is installed, as by the Debian package kubernetes-client")
                .isExecutable();
        copyAsInstalled(repository.resolve("kubernetes"));
        Files.writeString(repository.resolve("kustomization.yaml"), KUSTOMIZATION.formatted(overlay));

        Result rendered = InstalledCopy.run(repository, Map.of(), KUBECTL.toString(), "kustomize", ".");
        assertThat(rendered.exitCode()).as(rendered.err()).isZero();
        List<HasMetadata> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                STRICT.readerFor(JsonNode.class).readValues(rendered.out())) {
            for (JsonNode object : documents.readAll()) {
                objects.add((HasMetadata)
                        STRICT.treeToValue(object, KINDS.get(object.get("kind").asText())));
            }
        }
        assertThat(objects).allSatisfy(object -> assertThat(object.getMetadata().getNamespace())
                .isEqualTo("relays"));
        assertThat(objects)
                .extracting(HasMetadata::getKind)
                .contains(
                        "ConfigMap", "Service", "ServiceAccount", "ServiceMonitor", "PrometheusRule", "NetworkPolicy");
        PodSpec pod = objects.stream()
                .flatMap(object -> podOf(object).stream())
                .findFirst()
                .orElseThrow();
        assertThat(pod.getContainers().get(0).getImage()).isEqualTo("registry.example.com/export-relay:1.2.3");
        assertThat(pod.getVolumes().stream().map(Volume::getConfigMap).filter(Objects::nonNull))
                .isNotEmpty()
                .allSatisfy(map -> assertThat(objects)
                        .extracting(object -> object.getMetadata().getName())
                        .contains(map.getName()));
    }

    private static Optional<PodSpec> podOf(HasMetadata object) {
        if (object instanceof StatefulSet set) {
            return Optional.of(set.getSpec().getTemplate().getSpec());
        }
        return object instanceof Deployment deployment
                ? Optional.of(deployment.getSpec().getTemplate().getSpec())
                : Optional.empty();
    }

    /** With the settings and the routes, which the build adds. */
    private static void copyAsInstalled(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(MANIFESTS)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                copy(file, directory.resolve(MANIFESTS.relativize(file)));
            }
        }
        copy(Path.of("application.properties"), directory.resolve("base/application.properties"));
        try (Stream<Path> routes = Files.list(Path.of("routes"))) {
            for (Path route : (Iterable<Path>) routes.filter(Files::isRegularFile)::iterator) {
                copy(route, directory.resolve("base/routes").resolve(route.getFileName()));
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to);
    }

    @Test
    void podsRunInTheRestrictedProfileOnAReadOnlyFileSystem() {
        for (PodSpec pod : pods()) {
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            Container container = pod.getContainers().get(0);
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
        }
    }

    /** relay.shutdown-timeout is 30s by default. */
    @Test
    void podsHaveMoreTimeToStopThanTheRelayTakes() {
        assertThat(pods()).allSatisfy(pod -> assertThat(pod.getTerminationGracePeriodSeconds())
                .isGreaterThan(30));
    }

    /** A name with a hash would restart the pods instead of letting them reload. */
    @Test
    void theConfigMapOfTheRoutesKeepsItsName() throws IOException {
        JsonNode base =
                STRICT.readTree(MANIFESTS.resolve("base/kustomization.yaml").toFile());
        assertThat(base.get("configMapGenerator")).anySatisfy(map -> {
            assertThat(map.get("name").asText()).isEqualTo("export-relay-routes");
            assertThat(map.at("/options/disableNameSuffixHash").asBoolean()).isTrue();
            for (JsonNode file : map.get("files")) {
                assertThat(Path.of(file.asText())).exists();
            }
        });
    }

    @Test
    void theRulesOfTheOperatorAreThoseOfPrometheus() throws IOException {
        JsonNode rules = STRICT.readTree(Path.of("src/main/packaging/observability/prometheus-rules.yaml")
                .toFile());
        JsonNode operator = STRICT.readTree(
                MANIFESTS.resolve("monitoring/prometheus-rule.yaml").toFile());
        assertThat(operator.at("/spec/groups")).isEqualTo(rules.get("groups"));
    }

    private static List<PodSpec> pods() {
        return List.of(
                read("sqlite/stateful-set.yaml", StatefulSet.class)
                        .getSpec()
                        .getTemplate()
                        .getSpec(),
                read("postgresql/deployment.yaml", Deployment.class)
                        .getSpec()
                        .getTemplate()
                        .getSpec());
    }

    private static <T> T read(String file, Class<T> type) {
        try {
            return STRICT.readValue(MANIFESTS.resolve(file).toFile(), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

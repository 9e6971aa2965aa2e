package org.exportrelay;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.have;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final String ROOT = "org.exportrelay";

    /** From the top to the bottom: a package uses those of the rows below its own, and none beside or above it. */
    private static final List<List<String>> ROWS = List.of(
            List.of("cli"),
            List.of("console"),
            List.of("check"),
            List.of("sandbox"),
            List.of("routetest"),
            List.of("destinations"),
            List.of("component"),
            List.of("runtime"),
            List.of("json"),
            List.of("poll", "download", "routes"),
            List.of("trace"),
            List.of("ledger"),
            List.of("ledger.database"),
            List.of("records", "pgp"),
            List.of("delivery"),
            List.of("api"),
            List.of("config"),
            List.of("log"));

    /** Words with a standard name of their own: Setback is DeliveryException, Sweep is FullScan, and so on. */
    private static final Pattern PRIVATE_WORD =
            Pattern.compile("(?i:setback(?!fill)|remedy|settlement|insistence|sighting|trouble|leftover|inhand|enrol)"
                    + "|^(Sweep|Update|Reading|Advice|ListMirror|Poller|FailedWait|look|tell)$|^tell[A-Z]\\w*");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void arrowsBetweenPackagesRunDownwards() {
        LayeredArchitecture layers = layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .ensureAllClassesAreContainedInArchitecture();
        for (List<String> row : ROWS) {
            for (String name : row) {
                layers = layers.layer(name).definedBy(packages(name));
            }
        }
        for (int i = 0; i < ROWS.size(); i++) {
            String[] above = ROWS.subList(0, i).stream().flatMap(List::stream).toArray(String[]::new);
            for (String name : ROWS.get(i)) {
                layers = i == 0
                        ? layers.whereLayer(name).mayNotBeAccessedByAnyLayer()
                        : layers.whereLayer(name).mayOnlyBeAccessedByLayers(above);
            }
        }
        layers.check(CLASSES);
    }

    /** The simulated API knows nothing of the relay that it is for, and only the command line knows it. */
    @Test
    void theSandboxStandsAlone() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".sandbox")
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..").and(resideOutsideOfPackage(ROOT + ".sandbox")))
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT, ROOT + ".cli", ROOT + ".sandbox")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".sandbox")
                .check(CLASSES);
    }

    @Test
    void classesAndMethodsHaveStandardNames() {
        classes()
                .should(have(DescribedPredicate.describe("standard names", javaClass -> names(javaClass)
                        .noneMatch(name -> PRIVATE_WORD.matcher(name).find()))))
                .check(CLASSES);
    }

    private static Stream<String> names(JavaClass javaClass) {
        return Stream.concat(
                Stream.of(javaClass.getSimpleName()),
                javaClass.getMethods().stream()
                        .map(method -> method.getName())
                        .filter(name -> !name.startsWith("lambda$")));
    }

    private static String[] packages(String name) {
        return switch (name) {
            case "cli" -> new String[] {ROOT, ROOT + ".cli"};
            case "destinations" -> new String[] {ROOT + ".destinations.."};
            default -> new String[] {ROOT + "." + name};
        };
    }
}

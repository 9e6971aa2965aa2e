package org.exportrelay;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    /** Also: nothing but the command line knows the sandbox, and the sandbox knows nothing else. */
    @Test
    void arrowsBetweenPackagesRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("cli")
                .definedBy("org.exportrelay", "org.exportrelay.cli")
                .layer("routes")
                .definedBy("org.exportrelay.routes")
                .layer("component")
                .definedBy("org.exportrelay.component")
                .layer("destinations")
                .definedBy("org.exportrelay.destinations..")
                .layer("poll")
                .definedBy("org.exportrelay.poll")
                .layer("transfer")
                .definedBy("org.exportrelay.transfer")
                .layer("records")
                .definedBy("org.exportrelay.records")
                .layer("ledger")
                .definedBy("org.exportrelay.ledger")
                .layer("api")
                .definedBy("org.exportrelay.api")
                .layer("config")
                .definedBy("org.exportrelay.config")
                .layer("sandbox")
                .definedBy("org.exportrelay.sandbox")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("routes")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("component")
                .mayOnlyBeAccessedByLayers("cli", "destinations")
                .whereLayer("destinations")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("poll")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("transfer")
                .mayOnlyBeAccessedByLayers("component")
                .whereLayer("records")
                .mayOnlyBeAccessedByLayers("component", "destinations", "transfer")
                .whereLayer("ledger")
                .mayOnlyBeAccessedByLayers("cli", "component", "destinations", "poll", "transfer")
                .whereLayer("api")
                .mayOnlyBeAccessedByLayers("cli", "component", "destinations", "poll", "transfer", "ledger")
                .whereLayer("config")
                .mayOnlyBeAccessedByLayers("cli", "component", "destinations", "poll", "transfer", "ledger", "api")
                .whereLayer("sandbox")
                .mayOnlyBeAccessedByLayers("cli")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("org.exportrelay"));
    }
}

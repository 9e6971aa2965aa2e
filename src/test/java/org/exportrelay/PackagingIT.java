package org.exportrelay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.testing.Installation;
import org.exportrelay.testing.InstalledCopy;
import org.exportrelay.testing.InstalledCopy.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an installation contains beside the program. */
class PackagingIT {

    /** Quarkus changes some classes of a library, and then names it so. */
    private static final String MODIFIED = "modified-";

    private final Path installation = Installation.directory();

    @Test
    void listsEveryLibraryWithItsLicence() throws IOException {
        List<String> licences = Files.readAllLines(installation.resolve("NOTICE")).stream()
                .filter(line -> line.matches("[^:]+:[^:]+:[^:]+: .+"))
                .toList();
        List<String> jars = licences.stream()
                .map(line -> line.split(":"))
                .map(part -> part[0] + "." + part[1] + "-" + part[2])
                .toList();
        assertThat(libraries()).hasSizeGreaterThan(100).allSatisfy(library -> assertThat(jars)
                .anyMatch(library::startsWith));
        assertThat(licences).noneMatch(line -> line.contains("Unknown"));
    }

    @Test
    void listsEveryLibraryInTheSoftwareBillOfMaterials() throws IOException {
        Path file = installation.resolve("sbom.cdx.json");
        Path notice = installation.resolve("NOTICE");
        assumeThat(Files.exists(file)
                        && Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(notice)) >= 0)
                .as("the list of libraries is of this build: Maven does not create it offline")
                .isTrue();
        JsonNode sbom = new ObjectMapper().readTree(file.toFile());
        assertThat(sbom.get("bomFormat").asText()).isEqualTo("CycloneDX");
        List<String> jars = new ArrayList<>();
        for (JsonNode component : sbom.get("components")) {
            jars.add(component.get("group").asText() + "."
                    + component.get("name").asText() + "-"
                    + component.get("version").asText());
        }
        assertThat(libraries()).allSatisfy(library -> assertThat(jars).anyMatch(library::startsWith));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void completesCommands(String shell) {
        assumeThat(Stream.of("/bin/", "/usr/bin/").map(bin -> Path.of(bin + shell)))
                .as("%s is installed", shell)
                .anyMatch(Files::exists);
        Result result = InstalledCopy.run(
                installation,
                Map.of(),
                shell,
                "-c",
                "source completion/export-relay; COMP_WORDS=(export-relay opti); COMP_CWORD=1; COMP_LINE='export-relay"
                        + " opti'; _complete_export-relay 2> /dev/null; echo \"${COMPREPLY[@]}\"");
        assertThat(result.out()).as(result.err()).contains("optimize");
    }

    /** The image starts Java without the launcher. */
    @Test
    void theImageUsesTheOptionsOfTheLauncher() throws IOException {
        String launcher = Files.readString(installation.resolve("bin/export-relay"));
        String image = Files.readString(installation.resolve("image/Dockerfile"));
        List<String> options = Pattern.compile("(?<=[\" ])-(?:X|-|D)[\\w:+.=-]+[\\w*,]*(?=[\" ])")
                .matcher(image.substring(image.indexOf("echo"), image.indexOf("java.options")))
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(options).hasSizeGreaterThan(6).allSatisfy(option -> assertThat(launcher)
                .contains(option.replaceFirst("=/opt/.*|-Xlog:", "")));
    }

    private List<String> libraries() throws IOException {
        try (Stream<Path> files = Files.list(installation.resolve("lib"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".jar"))
                    .map(name -> name.replaceFirst(MODIFIED, ""))
                    .toList();
        }
    }
}

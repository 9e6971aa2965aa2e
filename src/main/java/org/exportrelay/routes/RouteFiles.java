package org.exportrelay.routes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.config.SettingsFile;

/**
 * The operator's route files.
 *
 * @param directory where they are
 */
public record RouteFiles(Path directory) {

    /** How a route file's name ends. */
    public static final String SUFFIX = ".camel.yaml";

    /** Reserved for tests of routes, which are not loaded. */
    private static final String TEST_SUFFIX = ".test.yaml";

    /** A call of the bean that a polling route drives. */
    private static final Pattern POLLS = Pattern.compile("(?m)^\\s*(?:-\\s*)?ref:\\s*[\"']?poll[\"']?\\s*$");

    private static final Pattern YAML = Pattern.compile("(?i)(\\.camel)?\\.ya?ml$");

    /** The folder that every command reads. */
    public static RouteFiles inWorkingDirectory() {
        return new RouteFiles(Path.of("routes"));
    }

    /** What is in them now; nothing if there is no folder. */
    public List<RouteFile> read() {
        return list().stream().map(RouteFile::read).toList();
    }

    /**
     * The files in the folder itself, by name. Hidden ones and those in folders below it, such as examples, are not
     * loaded.
     */
    public List<Path> list() {
        return named(name -> name.endsWith(SUFFIX) && !name.startsWith("."));
    }

    /** The file with a name, with or without {@link #SUFFIX}, or else the one that has a route of this id. */
    public Optional<Path> fileOf(String name) {
        String fileName = name.endsWith(SUFFIX) ? name : name + SUFFIX;
        return list().stream()
                .filter(file -> file.getFileName().toString().equals(fileName))
                .findFirst()
                .or(() -> read().stream()
                        .filter(file -> RouteIds.in(file).anyMatch(name::equals))
                        .map(RouteFile::path)
                        .findFirst());
    }

    /** The names of the files, without {@link #SUFFIX}, and the ids of their routes. */
    public List<String> names() {
        return read().stream()
                .flatMap(file -> Stream.concat(Stream.of(file.name().replace(SUFFIX, "")), RouteIds.in(file)))
                .distinct()
                .toList();
    }

    /**
     * The key of some route files, or of application.properties, that one which they do not use was probably meant to be.
     */
    public static Optional<String> misspeltKey(String key, List<Path> routes) {
        return MisspeltKeys.in(key, routes.stream().map(RouteFile::read).toList(), SettingsFile.inWorkingDirectory());
    }

    /** The files with a route that polls the API. */
    public List<RouteFile> polling() {
        return read().stream().filter(file -> POLLS.matcher(file.text()).find()).toList();
    }

    /** Faults of files of which Camel would ignore a part without a message, seen without building their routes. */
    public List<RouteFault> structureFaults() {
        return read().stream()
                .flatMap(file -> Stream.of(RouteStructure.in(file), UnquotedMarks.in(file)))
                .flatMap(List::stream)
                .filter(RouteFault::stops)
                .toList();
    }

    /** What does not keep the files from running, and can be seen without building their routes. */
    public List<RouteFault> warnings() {
        List<RouteFile> files = read();
        return Stream.of(
                        notLoaded(),
                        files.stream()
                                .flatMap(file -> IgnoredRules.of(file)
                                        .filter(Stream.of(RepeatedKeys.in(file), UnquotedMarks.in(file))
                                                .flatMap(List::stream)
                                                .filter(fault -> !fault.stops())
                                                .toList())
                                        .stream())
                                .toList(),
                        MisspeltKeys.in(SettingsFile.inWorkingDirectory(), files))
                .flatMap(List::stream)
                .toList();
    }

    /** A warning for each file that looks like a route file, but is not loaded because of its name. */
    List<RouteFault> notLoaded() {
        return Stream.concat(wrongNames().stream(), hidden().stream()).toList();
    }

    /** Locks of editors, such as {@code .#a.camel.yaml}, are not meant as route files. */
    private List<RouteFault> hidden() {
        return named(name -> name.startsWith(".") && !name.startsWith(".#") && name.endsWith(SUFFIX)).stream()
                .map(file -> new RouteFault(
                        file,
                        0,
                        "not loaded, because its name starts with '.'; rename it to "
                                + file.getFileName().toString().replaceFirst("^\\.+", "") + ", or move it out of "
                                + directory,
                        false,
                        RouteRule.NOT_LOADED))
                .toList();
    }

    private List<RouteFault> wrongNames() {
        return named(name -> YAML.matcher(name).find()
                        && !name.startsWith(".")
                        && !name.endsWith(SUFFIX)
                        && !name.endsWith(TEST_SUFFIX))
                .stream()
                .map(file -> new RouteFault(
                        file,
                        0,
                        "not loaded, because the names of route files end in " + SUFFIX + "; rename it to "
                                + YAML.matcher(file.getFileName().toString()).replaceFirst("") + SUFFIX
                                + ", or move it out of " + directory,
                        false,
                        RouteRule.NOT_LOADED))
                .toList();
    }

    private List<Path> named(Predicate<String> name) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> name.test(file.getFileName().toString()))
                    .filter(file -> !Files.isDirectory(file))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be read", e);
        }
    }
}

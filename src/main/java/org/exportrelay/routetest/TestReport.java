package org.exportrelay.routetest;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.exportrelay.config.Counts;
import org.exportrelay.routes.RouteFault;

/** Prints tests as a tree of files, as JUnit prints classes. Words tell what the signs and colors show. For one thread. */
public final class TestReport {

    private static final String GREEN = "\u001B[32m";
    private static final String RED = "\u001B[31m";
    private static final String RESET = "\u001B[0m";

    private final PrintStream out;
    private final boolean isColored;
    private final boolean isUnicode;
    private final Set<RouteFault> warnings = new HashSet<>();
    private int files;
    private int passed;
    private int failed;
    private int faults;

    /**
     * @param isColored whether to print colors
     * @param charset of the terminal; signs that it does not have are left out
     */
    public TestReport(PrintStream out, boolean isColored, Charset charset) {
        this.out = out;
        this.isColored = isColored;
        this.isUnicode = charset.newEncoder().canEncode("├─└✔✘");
    }

    /** A test file that cannot be run. */
    public void faulty(List<RouteFault> found) {
        files++;
        faults += found.size();
        found.forEach(out::println);
    }

    /** The tests of a file begin. */
    public void begin(Path file) {
        files++;
        out.println(file);
    }

    /** A test has ended. */
    public void add(RouteTestResult result, boolean isLast) {
        passed += result.passed() ? 1 : 0;
        failed += result.passed() || result.isFault() ? 0 : 1;
        faults += result.isFault() ? 1 : 0;
        String branch = isUnicode ? (isLast ? "└─ " : "├─ ") : isLast ? "'-- " : "+-- ";
        out.println(branch + word(result) + " " + result.test().name() + " (" + seconds(result.took()) + ")");
        result.failures().stream()
                .flatMap(String::lines)
                .forEach(line -> out.println((isLast ? "     " : isUnicode ? "│    " : "|    ") + line));
    }

    private String word(RouteTestResult result) {
        String text = result.passed() ? sign("✔ ") + "passed" : sign("✘ ") + (result.isFault() ? "FAULT " : "FAILED");
        return isColored ? (result.passed() ? GREEN : RED) + text + RESET : text;
    }

    private String sign(String sign) {
        return isUnicode ? sign : "";
    }

    /** The tests of a file have ended. Warnings about a route that several files test are printed once. */
    public void warn(List<RouteFault> found) {
        found.stream().filter(warnings::add).forEach(out::println);
    }

    /** The last line. */
    public void end(Duration took) {
        out.println();
        out.println("test: " + passed + " passed, " + failed + " failed"
                + (faults == 0 ? "" : ", " + Counts.text(faults, "fault", "faults"))
                + (warnings.isEmpty() ? "" : ", " + Counts.text(warnings.size(), "warning", "warnings")) + " in "
                + Counts.text(files, "file", "files") + " (" + seconds(took) + ")");
    }

    /** Whether a test failed. */
    public boolean hasFailures() {
        return failed > 0;
    }

    /** Whether a test file or a route has a fault. */
    public boolean hasFaults() {
        return faults > 0;
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }
}

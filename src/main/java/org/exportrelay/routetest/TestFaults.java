package org.exportrelay.routetest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.YamlNodes;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects what is wrong in a test file. For one thread. */
final class TestFaults {

    private final Path file;
    private final List<RouteFault> faults = new ArrayList<>();

    TestFaults(Path file) {
        this.file = file;
    }

    void add(Node node, String message) {
        add(YamlNodes.line(node), message);
    }

    /**
     * @param line 1 or more; 0 if the whole file is meant
     */
    void add(int line, String message) {
        faults.add(new RouteFault(file, line, message, true));
    }

    List<RouteFault> all() {
        return List.copyOf(faults);
    }
}

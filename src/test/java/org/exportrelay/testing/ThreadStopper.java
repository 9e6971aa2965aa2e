package org.exportrelay.testing;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.Location;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Stops threads of a relay that runs as a process of its own, through Java's debugging interface. The other threads go on,
 * and notice nothing.
 */
public final class ThreadStopper implements AutoCloseable {

    private final VirtualMachine machine;

    private ThreadStopper(VirtualMachine machine) {
        this.machine = machine;
    }

    /** The option with which the relay accepts one. */
    public static String javaOption(int port) {
        return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:" + port;
    }

    /** Connects to a relay that runs with {@link #javaOption}. */
    public static ThreadStopper attach(int port) throws IOException {
        AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(socket -> socket.transport().name().equals("dt_socket"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(Integer.toString(port));
        try {
            return new ThreadStopper(connector.attach(arguments));
        } catch (IllegalConnectorArgumentsException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops all threads whose name contains a text, wherever they are, until {@link #close}. */
    public int stopThreads(String name) {
        List<ThreadReference> threads = machine.allThreads().stream()
                .filter(thread -> thread.name().contains(name))
                .toList();
        threads.forEach(ThreadReference::suspend);
        return threads.size();
    }

    /** Stops each thread that calls a method of a loaded class, until {@link #close}. */
    public void stopAt(String type, String method) {
        Location begin =
                machine.classesByName(type).get(0).methodsByName(method).get(0).location();
        BreakpointRequest stop = machine.eventRequestManager().createBreakpointRequest(begin);
        stop.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
        stop.enable();
    }

    /** All threads continue. */
    @Override
    public void close() {
        machine.dispose();
    }
}

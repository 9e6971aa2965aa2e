package org.exportrelay.runtime;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Timer;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.component.timer.TimerComponentConfigurer;
import org.apache.camel.component.timer.TimerConsumer;
import org.apache.camel.component.timer.TimerEndpointConfigurer;
import org.apache.camel.spi.PropertyConfigurer;

/**
 * Takes the place of Camel's {@code timer:}, with its options: a poll comes after its period also when this machine's
 * clock was set back, which would pause {@link java.util.Timer} for as long.
 */
@Singleton
@Named("timer")
public class SteadyTimerComponent extends TimerComponent {

    private final Map<TimerConsumer, Timer> timers = new ConcurrentHashMap<>();

    /** Camel finds a component's configurers by an annotation that only its own class has. */
    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new TimerComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new TimerEndpointConfigurer();
    }

    /** One for each consumer, which asks for it when it starts. */
    @Override
    public Timer getTimer(TimerConsumer consumer) {
        return timers.computeIfAbsent(consumer, starting -> {
            String name = "timer://" + starting.getEndpoint().getTimerName();
            return new SteadyTimer(
                    name,
                    getCamelContext().getExecutorServiceManager().newSingleThreadScheduledExecutor(starting, name),
                    starting::isStarting);
        });
    }

    @Override
    public void removeTimer(TimerConsumer consumer) {
        Timer timer = timers.remove(consumer);
        if (timer != null) {
            timer.cancel();
        }
    }
}

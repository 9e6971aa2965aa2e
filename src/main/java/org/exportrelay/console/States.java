package org.exportrelay.console;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryState;

/** States of deliveries as clients write them. */
final class States {

    private States() {}

    /**
     * Reads some.
     *
     * @throws IllegalArgumentException for another text; its message has those that there are
     */
    static Set<DeliveryState> parse(List<String> texts) {
        Set<DeliveryState> states = EnumSet.noneOf(DeliveryState.class);
        for (String text : texts) {
            states.add(Stream.of(DeliveryState.values())
                    .filter(state -> state.text().equals(text.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is not a state; write "
                            + Stream.of(DeliveryState.values())
                                    .map(DeliveryState::text)
                                    .collect(Collectors.joining(", ")))));
        }
        return states;
    }
}

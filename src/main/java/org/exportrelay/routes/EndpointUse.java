package org.exportrelay.routes;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;

/**
 * An endpoint that a route names.
 *
 * @param uri with its parameters, placeholders unresolved
 * @param line where, 1 or more
 */
record EndpointUse(String uri, int line) {

    static List<EndpointUse> of(RouteDefinition route) {
        List<EndpointUse> uses = new ArrayList<>();
        uses.add(new EndpointUse(
                route.getInput().getEndpointUri(), route.getInput().getLineNumber()));
        ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SendDefinition.class)
                .forEach(send -> uses.add(new EndpointUse(send.getEndpointUri(), send.getLineNumber())));
        return uses;
    }
}

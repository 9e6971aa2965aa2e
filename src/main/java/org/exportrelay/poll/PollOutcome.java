package org.exportrelay.poll;

import org.exportrelay.api.ApiException;

/**
 * How a poll ended.
 *
 * @param routeId the route that polled
 * @param failure null if the list was read to its end
 */
public record PollOutcome(String routeId, ApiException failure) {}

package org.exportrelay.routetest;

import java.util.function.Consumer;

/**
 * The API of the tests.
 *
 * @param publish from now on the API lists an export
 * @param withdraw from now on the API does not list the export with this id
 */
public record ExportSource(Consumer<GivenExport> publish, Consumer<String> withdraw) {}

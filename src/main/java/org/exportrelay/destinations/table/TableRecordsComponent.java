package org.exportrelay.destinations.table;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** The Camel component {@code table-records:}. */
@Component("table-records")
public class TableRecordsComponent extends DefaultComponent {

    @Override
    protected Endpoint createEndpoint(String uri, String table, Map<String, Object> parameters) throws Exception {
        TableRecordsEndpoint endpoint = new TableRecordsEndpoint(uri, this);
        endpoint.setTable(table);
        setProperties(endpoint, parameters);
        try {
            endpoint.check();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("table-records:" + table + ": " + e.getMessage(), e);
        }
        return endpoint;
    }
}

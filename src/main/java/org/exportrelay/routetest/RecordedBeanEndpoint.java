package org.exportrelay.routetest;

import java.util.Optional;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultProducer;

/** Stands for an endpoint {@code bean:NAME} or {@code class:NAME}: calls the bean, unless its calls are recorded. */
final class RecordedBeanEndpoint extends ReplacingEndpoint {

    private final String bean;
    private final RecordedBeans beans;

    /**
     * @param bean name of the bean or of its class
     */
    RecordedBeanEndpoint(Endpoint replaced, String bean, RecordedBeans beans) {
        super(replaced);
        this.bean = bean;
        this.beans = beans;
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        return replaced.createConsumer(processor);
    }

    /** Each test has its own: the endpoint can outlive a test that replaces the bean. */
    @Override
    public Producer createProducer() throws Exception {
        Optional<Processor> recording = beans.recording(getCamelContext(), bean);
        if (recording.isEmpty()) {
            return replaced.createProducer();
        }
        return new DefaultProducer(this) {

            @Override
            public void process(Exchange exchange) throws Exception {
                recording.get().process(exchange);
            }
        };
    }
}

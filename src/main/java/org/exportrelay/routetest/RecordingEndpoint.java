package org.exportrelay.routetest;

import java.io.File;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileProducer;
import org.apache.camel.component.kafka.KafkaConstants;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultProducer;
import org.apache.camel.support.ExchangeHelper;
import org.exportrelay.destinations.FileClaim;

/**
 * Stands for an endpoint that leaves the process: records what is sent to it, and connects to nothing. The endpoint
 * itself names the files.
 */
final class RecordingEndpoint extends ReplacingEndpoint {

    private final MessageRecorder recorder;

    RecordingEndpoint(Endpoint replaced, MessageRecorder recorder) {
        super(replaced);
        this.recorder = recorder;
    }

    /** Nothing comes from outside. */
    @Override
    public Consumer createConsumer(Processor processor) {
        return new DefaultConsumer(this, processor);
    }

    @Override
    public Producer createProducer() {
        return new DefaultProducer(this) {

            @Override
            public void process(Exchange exchange) throws Exception {
                send(exchange);
            }
        };
    }

    private void send(Exchange exchange) throws Exception {
        String uri = uri(exchange);
        if (!(replaced instanceof GenericFileEndpoint<?> files)) {
            recorder.refuse(replaced, uri, uri);
            recorder.accept(replaced, uri, null, exchange);
            return;
        }
        String path = path(files, exchange);
        String file = file(files, path);
        String target = uri + "/" + file;
        recorder.refuse(replaced, uri, target);
        FileClaim claim = new FileClaim(exchange, files.getFileExist());
        claim.claim(target, () -> recorder.has(target));
        recorder.accept(replaced, uri, file, exchange);
        claim.written(target);
        exchange.getMessage().setHeader(Exchange.FILE_NAME_PRODUCED, path);
    }

    /** Camel sends what toD has computed in a header, to an endpoint that all messages share: the path, or the topic. */
    private String uri(Exchange exchange) {
        String uri = EndpointPattern.plain(replaced.getEndpointUri());
        String topic = exchange.getMessage().getHeader(KafkaConstants.OVERRIDE_TOPIC, "", String.class);
        if (uri.startsWith("kafka:") && !topic.isEmpty()) {
            return "kafka:" + topic;
        }
        String path = exchange.getMessage().getHeader(Exchange.HTTP_PATH, "", String.class);
        return uri.startsWith("http") && !path.isEmpty() ? uri + (path.startsWith("/") ? "" : "/") + path : uri;
    }

    /** Which Camel's producer gives the file, with the directory of the endpoint. */
    private static String path(GenericFileEndpoint<?> files, Exchange exchange) throws Exception {
        return ((GenericFileProducer<?>) files.createProducer())
                .createFileName(ExchangeHelper.createCopy(exchange, true));
    }

    /** Below the directory of the endpoint. */
    private static String file(GenericFileEndpoint<?> files, String path) {
        String name = path.replace(File.separatorChar, '/');
        String directory = files.getConfiguration().getDirectory().replaceFirst("/$", "");
        return !directory.isEmpty() && name.startsWith(directory + "/") ? name.substring(directory.length() + 1) : name;
    }
}

package org.exportrelay.routetest;

import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.AsyncProcessorConverterHelper;
import org.exportrelay.component.Handover;
import org.exportrelay.destinations.Checkable;
import org.exportrelay.destinations.FileClaim;

/** Replaces the calls of beans that reach a server by themselves, and of those that a test names. */
final class RecordedBeans implements InterceptStrategy {

    /** The name of an object in a bucket. */
    private static final String KEY_HEADER = "CamelAwsS3Key";

    private final Recorder recorder;

    RecordedBeans(Recorder recorder) {
        this.recorder = recorder;
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        if (!(definition instanceof BeanDefinition step) || step.getRef() == null) {
            return target;
        }
        if (recorder.isReplaced(step.getRef())) {
            return recording("bean:" + step.getRef());
        }
        Object bean = context.getRegistry().lookupByName(step.getRef());
        return bean instanceof Checkable reaching ? recording(EndpointPattern.plain(reaching.target())) : target;
    }

    private Processor recording(String uri) {
        return AsyncProcessorConverterHelper.convert(exchange -> {
            String key = exchange.getMessage().getHeader(KEY_HEADER, String.class);
            String target = key == null ? uri : uri + "/" + key;
            recorder.refuse(null, uri, target);
            FileClaim claim = new FileClaim(exchange, GenericFileExist.Override);
            if (key != null) {
                claim.claim(target, () -> recorder.has(target));
            }
            recorder.accept(uri, key, exchange);
            Handover.mark(exchange);
            if (key != null) {
                claim.written(target);
            }
        });
    }
}

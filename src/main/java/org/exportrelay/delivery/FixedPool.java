package org.exportrelay.delivery;

import java.util.concurrent.ExecutorService;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.ThreadPoolProfileBuilder;
import org.apache.camel.util.concurrent.ThreadPoolRejectedPolicy;

/**
 * Camel's fixed thread pool, except that it rejects a task with an exception once it is shut down. By Camel's default
 * policy it would discard the task, and what the task had claimed would stay claimed.
 */
public final class FixedPool {

    private FixedPool() {}

    /**
     * @param source what uses the pool, for JMX
     * @param name of its threads
     * @param threads at most; at least 1
     * @return a pool that Camel shuts down with the context
     */
    public static ExecutorService create(CamelContext context, Object source, String name, int threads) {
        return context.getExecutorServiceManager()
                .newThreadPool(
                        source,
                        name,
                        new ThreadPoolProfileBuilder(name)
                                .poolSize(threads)
                                .maxPoolSize(threads)
                                .keepAliveTime(0L)
                                .allowCoreThreadTimeOut(false)
                                .rejectedPolicy(ThreadPoolRejectedPolicy.Abort)
                                .build());
    }
}

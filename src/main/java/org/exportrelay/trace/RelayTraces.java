package org.exportrelay.trace;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.Config;
import org.exportrelay.config.TraceSettings;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.TraceContexts;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Begins the relay's spans. A poll, a download and an attempt of a delivery are traces of their own, since days may lie
 * between them; each links to those before it through the ledger. While tracing is off, nothing is read, recorded or
 * loaded. Thread-safe.
 */
@Singleton
public class RelayTraces {

    private static final Logger LOG = Logger.getLogger(RelayTraces.class);

    private final Optional<SpanExport> export;
    private final Provider<TraceContexts> contexts;

    /**
     * @param config with the variables of OpenTelemetry
     * @param contexts in the ledger, asked for only while tracing is on
     */
    @Inject
    RelayTraces(Config config, Provider<TraceContexts> contexts) {
        this.contexts = contexts;
        this.export = start(config);
    }

    /** Wrong variables must not stop the deliveries: those may be meant for another program of the host. */
    private static Optional<SpanExport> start(Config config) {
        try {
            TraceSettings settings = TraceSettings.of(config);
            if (!settings.isOn()) {
                settings.problem().ifPresent(RelayTraces::warn);
                return Optional.empty();
            }
            return Optional.of(SpanExport.start(
                    settings.properties(),
                    config.getOptionalValue("quarkus.application.version", String.class)
                            .orElse("unknown")));
        } catch (RuntimeException e) {
            LOG.debug("the OpenTelemetry SDK cannot start", e);
            warn(e.getMessage() == null ? e.toString() : e.getMessage());
            return Optional.empty();
        }
    }

    private static void warn(String problem) {
        LogEvent.TRACES_OFF.on(LOG).warnf("traces are not exported: %s", problem);
    }

    /** A poll of the list begins. */
    public RelaySpan poll() {
        return begun(() -> export.map(on -> on.poll()).orElse(RelaySpan.OFF));
    }

    /** The download of an export begins. */
    public RelaySpan download(DueExport due) {
        return begun(() -> beginDownload(due));
    }

    private RelaySpan beginDownload(DueExport due) {
        if (export.isEmpty()) {
            return RelaySpan.OFF;
        }
        return export.get()
                .download(known(() -> contexts.get().ofExport(due.exportId())))
                .with(SpanAttribute.EXPORT_ID, due.exportId())
                .with(
                        SpanAttribute.BYTES,
                        due.files().stream()
                                .map(ExportFile::size)
                                .filter(Objects::nonNull)
                                .mapToLong(Long::longValue)
                                .sum());
    }

    /** The files of an export were downloaded: their deliveries will link to it. Before they can begin. */
    public void downloaded(RelaySpan download, DueExport due) {
        download.traceparent()
                .ifPresent(traceparent -> known(() -> {
                    contexts.get().downloaded(due.fileIds(), traceparent);
                    return List.of();
                }));
    }

    /** An attempt of a delivery begins. */
    public RelaySpan delivery(Delivery delivery) {
        return begun(() -> beginDelivery(delivery));
    }

    private RelaySpan beginDelivery(Delivery delivery) {
        if (export.isEmpty()) {
            return RelaySpan.OFF;
        }
        ExportFile file = delivery.file();
        RelaySpan span = export.get()
                .delivery(known(() -> contexts.get().ofFile(file.fileId())))
                .with(SpanAttribute.EXPORT_ID, file.exportId())
                .with(SpanAttribute.FILE_ID, file.fileId())
                .with(SpanAttribute.DESTINATION, delivery.destination())
                .with(SpanAttribute.DELIVERY_ID, delivery.deliveryId())
                .with(SpanAttribute.ATTEMPT, delivery.attempt());
        return file.size() == null ? span : span.with(SpanAttribute.BYTES, file.size());
    }

    /** A ledger that is unavailable costs the links, not the delivery. */
    private static List<String> known(Supplier<List<String>> query) {
        try {
            return query.get();
        } catch (RuntimeException | Error e) {
            LOG.debug("the ledger cannot be used for trace contexts now", e);
            return List.of();
        }
    }

    /** Without a span, the work is done all the same: an Error, too, must not leave it claimed. */
    private static RelaySpan begun(Supplier<RelaySpan> begin) {
        try {
            return begin.get();
        } catch (RuntimeException | Error e) {
            LOG.debug("a span cannot begin now", e);
            return RelaySpan.OFF;
        }
    }

    /** Exports what is left, for a short time. */
    @PreDestroy
    void close() {
        export.ifPresent(SpanExport::close);
    }
}

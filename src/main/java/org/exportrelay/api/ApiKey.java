package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.Optional;
import org.exportrelay.config.KeyFile;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Secrets;
import org.exportrelay.config.SettingsException;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * The current bearer key. If it is in a file, the file is read at each use, so that it may be replaced
 * while the relay runs; while the file cannot be read, the last key stays in use. Thread-safe.
 */
@Singleton
public final class ApiKey {

    private static final Logger LOG = Logger.getLogger(ApiKey.class);

    private final Optional<Path> file;
    private String last;
    private boolean unreadable;

    @Inject
    ApiKey(RelaySettings settings) {
        this.file = settings.api().keyFile();
        this.last = settings.api().key().orElse(null);
        settings.api().key().ifPresent(Secrets::register);
    }

    /** The key; empty if there is none. */
    synchronized Optional<String> current() {
        file.ifPresent(this::readAgain);
        return Optional.ofNullable(last);
    }

    private void readAgain(Path path) {
        try {
            last = KeyFile.read(path);
            Secrets.register(last);
            unreadable = false;
        } catch (SettingsException e) {
            if (!unreadable) {
                LogEvent.API_KEY_UNREADABLE.on(LOG).warnf("%s; the last key stays in use until then", e.getMessage());
            }
            unreadable = true;
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "ApiKey[" + (file.isPresent() ? "of " + file.get() : "of the settings") + "]";
    }
}

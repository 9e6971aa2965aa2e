package org.exportrelay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.camel.util.FileUtil;

/**
 * A temporary directory, and the child process that uses it. Neither outlives this process, also when a signal ends it. For
 * one thread.
 */
final class ScratchDirectory implements AutoCloseable {

    private static final int MOST_ATTEMPTS = 50;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Path path;
    private final Thread hook = new Thread(this::endWithProcess);
    /** Once a signal has ended this process, the hook keeps it: no further child starts. */
    private final ReentrantLock alive = new ReentrantLock();

    private volatile Process child;

    /**
     * @param path exists; deleted in the end
     */
    ScratchDirectory(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    Path path() {
        return path;
    }

    /** Starts a child; the one before has ended. */
    Process start(ProcessBuilder builder) throws IOException {
        alive.lock();
        try {
            child = builder.start();
            return child;
        } finally {
            alive.unlock();
        }
    }

    /**
     * Waits for the child. Does not return if a signal has ended this process: that the child has ended is no result then.
     *
     * @return whether the child has ended within the time
     */
    boolean waitFor(long millis) throws InterruptedException {
        boolean hasEnded = child.waitFor(millis, TimeUnit.MILLISECONDS);
        alive.lockInterruptibly();
        alive.unlock();
        return hasEnded;
    }

    private void endWithProcess() {
        alive.lock();
        delete();
    }

    private void delete() {
        if (child != null) {
            // Java 25 writes its cache in a process of its own.
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly().onExit().join();
        }
        // The program may still write there while a signal ends it.
        for (int attempts = MOST_ATTEMPTS; attempts > 0 && Files.exists(path); attempts--) {
            FileUtil.removeDir(path.toFile());
            if (Files.exists(path)) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    @Override
    public void close() {
        alive.lock();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            delete();
        } finally {
            alive.unlock();
        }
    }
}

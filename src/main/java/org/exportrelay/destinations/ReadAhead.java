package org.exportrelay.destinations;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;
import org.apache.camel.spi.ExecutorServiceManager;

/**
 * Reads a source in a thread of its own, a few elements ahead of the caller, so that reading and sending overlap. After
 * {@link #close} the source is no longer read. For one caller.
 *
 * @param <T> an element, never null
 */
public final class ReadAhead<T> implements Iterator<T>, AutoCloseable {

    private static final int ELEMENTS = 2;

    private final BlockingQueue<Step<T>> steps = new ArrayBlockingQueue<>(ELEMENTS);
    private final Thread reader;
    private final Function<InterruptedException, RuntimeException> interruption;
    private Step<T> next;

    /**
     * @param threads creates the thread
     * @param name of the thread
     * @param source read by that thread only
     * @param interruption what the caller throws when its own thread is interrupted while it waits
     */
    public ReadAhead(
            ExecutorServiceManager threads,
            String name,
            Iterator<T> source,
            Function<InterruptedException, RuntimeException> interruption) {
        this.interruption = interruption;
        reader = threads.newThread(name, () -> read(source));
        reader.start();
    }

    private void read(Iterator<T> source) {
        try {
            try {
                while (source.hasNext()) {
                    steps.put(new Step<>(source.next(), null));
                }
                steps.put(new Step<>(null, null));
            } catch (RuntimeException | Error e) {
                steps.put(new Step<>(null, e));
            }
        } catch (InterruptedException closed) {
            // The caller does not want the rest.
        }
    }

    /** Throws what the source threw, at the same position. */
    @Override
    public boolean hasNext() {
        if (next == null) {
            try {
                next = steps.take();
            } catch (InterruptedException e) {
                throw interruption.apply(e);
            }
        }
        if (next.failure instanceof Error error) {
            throw error;
        }
        if (next.failure instanceof RuntimeException failure) {
            throw failure;
        }
        return next.element != null;
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        T element = next.element;
        next = null;
        return element;
    }

    /** Waits for the reader, which may be in the middle of an element; an interrupt is kept for the caller. */
    @Override
    public void close() {
        boolean interrupted = false;
        reader.interrupt();
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private record Step<T>(T element, Throwable failure) {}
}

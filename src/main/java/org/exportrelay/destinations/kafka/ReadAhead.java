package org.exportrelay.destinations.kafka;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Reads a source in a thread of its own, a few elements ahead of whoever uses them, so that both go
 * on at once. After {@link #close} nobody reads the source any more. For one user.
 *
 * @param <T> an element, never null
 */
final class ReadAhead<T> implements Iterator<T>, AutoCloseable {

    private static final int ELEMENTS = 2;

    private final BlockingQueue<Step<T>> steps = new ArrayBlockingQueue<>(ELEMENTS);
    private final Thread reader;
    private Step<T> next;

    ReadAhead(String name, Iterator<T> source) {
        reader = new Thread(() -> read(source), name);
        reader.setDaemon(true);
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
            // Nobody wants the rest.
        }
    }

    /** Throws what the source threw, in its place. */
    @Override
    public boolean hasNext() {
        if (next == null) {
            try {
                next = steps.take();
            } catch (InterruptedException e) {
                // As the producer's own methods say it; marks the thread again.
                throw new InterruptException(e);
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

    /** Waits for the reader, which may be in the middle of an element; an interrupt is kept for later. */
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

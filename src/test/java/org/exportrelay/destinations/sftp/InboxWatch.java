package org.exportrelay.destinations.sftp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.exportrelay.testing.SftpServer;

/** Looks into a server's directory all the while, as the one does who waits for files there. */
final class InboxWatch implements AutoCloseable {

    private static final int DIGEST_AND_TWO_SPACES = 66;

    private final SftpServer server;
    private final String directory;
    private final Map<String, byte[]> expected;
    private final List<String> wrongs = new CopyOnWriteArrayList<>();
    private final AtomicInteger looks = new AtomicInteger();
    private final Thread watcher = new Thread(this::watch, "inbox-watch");
    private volatile boolean sawTemporary;
    private volatile boolean ended;

    /**
     * @param expected whole files by their names
     */
    InboxWatch(SftpServer server, String directory, Map<String, byte[]> expected) {
        this.server = server;
        this.directory = directory;
        this.expected = expected;
        watcher.start();
    }

    /** Whatever was visible and not whole. */
    List<String> wrongs() {
        return wrongs;
    }

    int looks() {
        return looks.get();
    }

    boolean sawTemporary() {
        return sawTemporary;
    }

    private void watch() {
        while (!ended) {
            List<String> names = server.names(directory);
            looks.addAndGet(names.isEmpty() ? 0 : 1);
            names.forEach(name -> check(name, Set.copyOf(names)));
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void check(String name, Set<String> beside) {
        if (name.startsWith(".")) {
            sawTemporary = true;
            return;
        }
        String whole = name.replaceFirst("\\.(done|sha256)$", "");
        long size = size(server.file(directory).resolve(name));
        long right = name.endsWith(".done")
                ? 0
                : name.endsWith(".sha256") ? DIGEST_AND_TWO_SPACES + whole.length() + 1 : expected.get(whole).length;
        if (size >= 0 && size != right) {
            wrongs.add(name + " had " + size + " bytes, not " + right);
        }
        if (!name.equals(whole) && !beside.contains(whole)) {
            wrongs.add(name + " came before its file");
        }
        if (name.endsWith(".done") && !beside.contains(whole + ".sha256")) {
            wrongs.add(name + " came before the checksum");
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return -1;
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be looked at", e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        ended = true;
        watcher.join();
    }
}

package org.exportrelay.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk in memory that a test fills and makes read-only. Where mounting is not allowed, the test is skipped. */
public final class SmallDisk implements AutoCloseable {

    private final Path path;

    private SmallDisk(Path path) {
        this.path = path;
    }

    /** Mounts it; the directory is made if it is missing. */
    public static SmallDisk mount(Path path, int megabytes) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", path.toString()),
                "a test of full disks must be allowed to mount one");
        return new SmallDisk(path);
    }

    /** Takes all space. */
    public void fill() {
        try (OutputStream ballast = Files.newOutputStream(path.resolve("ballast"))) {
            // In small steps at the end, so that not even a page is left.
            for (int step = 1 << 20; step >= 1024; step /= 2) {
                write(ballast, new byte[step]);
            }
        } catch (IOException closingWritesNothing) {
            throw new UncheckedIOException(closingWritesNothing);
        }
    }

    private static void write(OutputStream out, byte[] step) {
        try {
            while (true) {
                out.write(step);
            }
        } catch (IOException full) {
            // What was wanted.
        }
    }

    /** Makes space again. */
    public void empty() {
        try {
            Files.deleteIfExists(path.resolve("ballast"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void resize(int megabytes) {
        remount("size=" + megabytes + "m");
    }

    public void readOnly() {
        remount("ro");
    }

    /** Execution of its files is denied from now on, also to root. */
    public void noExecution() {
        remount("noexec");
    }

    public void writable() {
        remount("rw");
    }

    private void remount(String option) {
        if (!run("mount", "-o", "remount," + option, path.toString())) {
            throw new IllegalStateException(path + " cannot be remounted with " + option);
        }
    }

    @Override
    public void close() {
        run("umount", "-l", path.toString());
    }

    private static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

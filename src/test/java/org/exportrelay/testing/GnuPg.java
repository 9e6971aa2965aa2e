package org.exportrelay.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** GnuPG with a key ring of its own, as a recipient or the relay's operator has it. */
public final class GnuPg implements AutoCloseable {

    private static final long LONGEST_SECONDS = 60;

    private final Path home;

    private GnuPg(Path home) {
        this.home = home;
    }

    /**
     * Creates the key ring. Where GnuPG is not installed, the test is skipped.
     *
     * @param home of the key ring; a short path, since it has sockets
     */
    public static GnuPg in(Path home) throws IOException {
        assumeTrue(isInstalled(), "the tests of encrypted files need GnuPG: install the package gnupg");
        Files.createDirectories(
                home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new GnuPg(home);
    }

    private static boolean isInstalled() {
        try {
            return new ProcessBuilder("gpg", "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Makes a key that signs. */
    public GnuPg withSigningKey(String owner, String algorithm, String passphrase) {
        run("--passphrase", passphrase, "--quick-generate-key", owner, algorithm, "sign", "never");
        return this;
    }

    /**
     * Makes a key with a subkey that encrypts.
     *
     * @param end such as {@code never}, or {@code 12d} for 12 days
     */
    public GnuPg withKey(String owner, String algorithm, String encryption, String end) {
        run("--passphrase", "", "--quick-generate-key", owner, algorithm, "sign", end);
        run("--passphrase", "", "--quick-add-key", fingerprint(owner), encryption, "encr", end);
        return this;
    }

    public Path exportPublic(String owner, Path file) {
        run("--armor", "--output", file.toString(), "--export", owner);
        return file;
    }

    public Path exportSecret(String owner, String passphrase, Path file) {
        run("--armor", "--output", file.toString(), "--passphrase", passphrase, "--export-secret-keys", owner);
        return file;
    }

    public GnuPg withPublic(Path file) {
        run("--import", file.toString());
        return this;
    }

    /**
     * A file as the recipient reads it.
     *
     * @param content decrypted
     * @param name that it has inside
     * @param signers whose good signature it has
     */
    public record Decrypted(byte[] content, String name, List<String> signers) {}

    /** Decrypts a file with the keys of this key ring. */
    public Decrypted decrypt(Path file) throws IOException {
        Path content = Files.createTempFile(home, "decrypted", "");
        String status = run("--status-fd", "1", "--output", content.toString(), "--decrypt", file.toString());
        List<String> signers = new ArrayList<>();
        String name = null;
        for (String line : status.lines().toList()) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("[GNUPG:] GOODSIG ")) {
                signers.add(words[3]);
            } else if (line.startsWith("[GNUPG:] PLAINTEXT ")) {
                name = line.substring(line.lastIndexOf(' ') + 1);
            }
        }
        return new Decrypted(Files.readAllBytes(content), name, signers);
    }

    private String fingerprint(String owner) {
        return run("--with-colons", "--list-keys", owner)
                .lines()
                .filter(line -> line.startsWith("fpr:"))
                .findFirst()
                .map(line -> line.split(":")[9])
                .orElseThrow();
    }

    /** Returns what it prints; fails with its errors. */
    private String run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "gpg", "--homedir", home.toString(), "--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback"));
        command.addAll(List.of(arguments));
        try {
            Path out = Files.createTempFile(home, "out", "");
            Path err = Files.createTempFile(home, "err", "");
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new AssertionError(command + " has failed: " + Files.readString(err));
            }
            return Files.readString(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends its agent. */
    @Override
    public void close() throws IOException {
        new ProcessBuilder("gpgconf", "--homedir", home.toString(), "--kill", "all").start();
    }
}

package org.exportrelay.destinations.sftp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file of pinned host keys in OpenSSH's format. What others wrote there stays as it is; a change is
 * visible in whole or not at all.
 */
public final class KnownHosts {

    private final Path file;

    public KnownHosts(Path file) {
        this.file = file;
    }

    public Path file() {
        return file;
    }

    /**
     * The keys pinned for a server; those of the host without a port count where there are none for the
     * port itself, as for the SSH client.
     *
     * @throws IOException if there is a file that cannot be read; none at all has no keys
     */
    public List<ServerKey> of(ServerAddress server) throws IOException {
        List<ServerKey> own = named(server.knownHostsName());
        return own.isEmpty() ? named(server.host()) : own;
    }

    /**
     * Makes a key the only one that is pinned for a server.
     *
     * @throws IOException if the file cannot be written; it is unchanged then
     */
    public void pin(ServerAddress server, ServerKey key) throws IOException {
        List<String> lines = new ArrayList<>();
        for (KnownHostsLine line : lines()) {
            line.without(server.knownHostsName()).ifPresent(lines::add);
        }
        lines.add(server.knownHostsName() + " " + key.algorithm() + " " + key.base64());
        try {
            replace(lines);
        } catch (IOException e) {
            throw new IOException(file + " cannot be written (" + e + ")", e);
        }
    }

    private List<ServerKey> named(String host) throws IOException {
        return lines().stream()
                .filter(line -> line.names(host))
                .map(KnownHostsLine::key)
                .flatMap(Optional::stream)
                .toList();
    }

    private List<KnownHostsLine> lines() throws IOException {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .map(KnownHostsLine::new)
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new IOException(file + " cannot be read (" + e + ")", e);
        }
    }

    private void replace(List<String> lines) throws IOException {
        // A link keeps leading to where it leads.
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path written = Files.createTempFile(target.getParent(), ".known_hosts-", ".part");
        try {
            Files.write(written, lines, StandardCharsets.UTF_8);
            PosixFileAttributeView attributes = Files.getFileAttributeView(target, PosixFileAttributeView.class);
            if (attributes != null && Files.exists(target)) {
                Files.setPosixFilePermissions(
                        written, attributes.readAttributes().permissions());
            }
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
    }
}

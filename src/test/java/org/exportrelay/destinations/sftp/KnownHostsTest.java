package org.exportrelay.destinations.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownHostsTest {

    private static final ServerKey OLD = new ServerKey("ssh-ed25519", "b2xk");
    private static final ServerKey NEW = new ServerKey("ssh-rsa", "bmV3");
    private static final ServerAddress ORDINARY = new ServerAddress("sftp.example", 22);
    private static final ServerAddress OTHER_PORT = new ServerAddress("sftp.example", 2222);

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("keys/known_hosts");
    }

    @Test
    void namesTheHostAloneOnPort22AndWithBracketsElsewhere() throws Exception {
        KnownHosts known = new KnownHosts(file());
        known.pin(ORDINARY, OLD);
        known.pin(OTHER_PORT, NEW);
        assertThat(file()).hasContent("sftp.example ssh-ed25519 b2xk\n[sftp.example]:2222 ssh-rsa bmV3");
        assertThat(known.of(ORDINARY)).containsExactly(OLD);
        assertThat(known.of(OTHER_PORT)).containsExactly(NEW);
    }

    @Test
    void replacesAKeyAndKeepsEveryOtherLineAsItIs() throws Exception {
        write(
                "# ours",
                "a.example,sftp.example  ssh-ed25519 b2xk of us",
                "@revoked sftp.example ssh-rsa eA==",
                "",
                "nonsense");
        new KnownHosts(file()).pin(ORDINARY, NEW);
        assertThat(Files.readAllLines(file()))
                .containsExactly(
                        "# ours",
                        "a.example  ssh-ed25519 b2xk of us",
                        "@revoked sftp.example ssh-rsa eA==",
                        "",
                        "nonsense",
                        "sftp.example ssh-rsa bmV3");
    }

    @Test
    void takesTheHostsOwnKeyForPortsWithoutOne() throws Exception {
        write("SFTP.example ssh-ed25519 b2xk");
        assertThat(new KnownHosts(file()).of(OTHER_PORT)).containsExactly(OLD);
        assertThat(new KnownHosts(file()).of(new ServerAddress("b.example", 22)))
                .isEmpty();
    }

    @Test
    void findsAndReplacesHashedNames() throws Exception {
        write(
                hashed("sftp.example") + " ssh-ed25519 b2xk",
                hashed("b.example") + " ssh-ed25519 b2xk",
                "|1|x ssh-rsa eA==");
        KnownHosts known = new KnownHosts(file());
        assertThat(known.of(ORDINARY)).containsExactly(OLD);
        known.pin(ORDINARY, NEW);
        assertThat(known.of(ORDINARY)).containsExactly(NEW);
        assertThat(Files.readAllLines(file())).hasSize(3);
    }

    @Test
    void keepsPermissionsAndLinksAndLeavesNothingBeside() throws Exception {
        write("b.example ssh-ed25519 b2xk");
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file());
        new KnownHosts(link).pin(ORDINARY, NEW);
        assertThat(link).isSymbolicLink();
        assertThat(Files.readAllLines(file())).hasSize(2);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-r-----");
        try (Stream<Path> files = Files.list(file().getParent())) {
            assertThat(files).containsExactly(file());
        }
    }

    private void write(String... lines) throws IOException {
        Files.createDirectories(file().getParent());
        Files.write(file(), Stream.of(lines).toList());
    }

    private static String hashed(String host) throws Exception {
        byte[] salt = {1, 2, 3};
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(salt, "HmacSHA1"));
        Base64.Encoder base64 = Base64.getEncoder();
        return "|1|" + base64.encodeToString(salt) + "|" + base64.encodeToString(mac.doFinal(host.getBytes()));
    }
}

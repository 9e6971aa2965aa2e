package org.exportrelay.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate that no Java trusts, for servers of a test, and the files in which operators would be given it. */
public final class PrivateCa {

    /** The password of both stores. */
    public static final String PASSWORD = "changeit-s3cret";

    private final Path directory;

    private PrivateCa(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes the certificate, with the JDK's keytool.
     *
     * @param directory for its files
     * @param names of the servers
     */
    public static PrivateCa in(Path directory, String... names) throws IOException, InterruptedException {
        PrivateCa ca = new PrivateCa(directory);
        List<String> san = List.of(names).stream().map(name -> "dns:" + name).toList();
        ca.keytool(
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-validity",
                "3",
                "-dname",
                "CN=" + names[0],
                "-ext",
                "san=" + String.join(",", san),
                "-keystore",
                ca.path("server.p12"));
        ca.keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-keystore",
                ca.path("server.p12"),
                "-file",
                ca.path("ca.pem"));
        for (String type : List.of("p12", "jks")) {
            ca.keytool(
                    "-importcert",
                    "-noprompt",
                    "-alias",
                    "ca",
                    "-file",
                    ca.path("ca.pem"),
                    "-keystore",
                    ca.path("trust." + type),
                    "-storetype",
                    type.equals("p12") ? "PKCS12" : "JKS");
        }
        return ca;
    }

    /** {@code ca.pem}, {@code trust.p12}, {@code trust.jks}, or {@code server.p12} with the private key. */
    public String path(String file) {
        return directory.resolve(file).toString();
    }

    /** For a server of those names. */
    public SSLContext serverContext() throws IOException, GeneralSecurityException {
        char[] password = PASSWORD.toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(KeyStore.getInstance(directory.resolve("server.p12").toFile(), password), password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool failed; see keytool.log in " + directory);
        }
    }
}

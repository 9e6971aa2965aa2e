package org.exportrelay.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.apache.camel.util.ObjectHelper;

/** The certificates of {@code relay.tls.truststore}, which are trusted beside those that the JVM trusts. */
public final class TrustedCertificates {

    private TrustedCertificates() {}

    /**
     * Trusts the certificates of a file and those of the JVM.
     *
     * @throws IOException if the file cannot be read, or the password is wrong
     * @throws GeneralSecurityException if the file holds no certificate, or the JVM cannot use one
     */
    public static TrustManager[] trustManagers(RelaySettings.Tls settings, Path file)
            throws IOException, GeneralSecurityException {
        KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
        all.load(null, null);
        int number = 0;
        for (Certificate certificate : trustedByJvm()) {
            all.setCertificateEntry("jvm-" + number++, certificate);
        }
        for (Certificate certificate : read(file, settings.truststorePassword())) {
            all.setCertificateEntry("relay-" + number++, certificate);
        }
        return factory(all).getTrustManagers();
    }

    /** What to do about a server whose certificate is not trusted, as the end of a message; empty for other failures. */
    public static String hint(Throwable failure) {
        return ObjectHelper.getException(CertPathBuilderException.class, failure) == null
                        && ObjectHelper.getException(CertPathValidatorException.class, failure) == null
                ? ""
                : "; no trusted CA has issued the server's certificate: put its CA into relay.tls.truststore";
    }

    private static List<X509Certificate> trustedByJvm() throws GeneralSecurityException {
        List<X509Certificate> trusted = new ArrayList<>();
        for (TrustManager manager : factory(null).getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                trusted.addAll(List.of(x509.getAcceptedIssuers()));
            }
        }
        return trusted;
    }

    private static TrustManagerFactory factory(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    /** The certificates of a PEM file, or of a keystore of any type that the JVM has. */
    static Collection<? extends Certificate> read(Path file, Optional<String> password)
            throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> certificates = isPem(file)
                ? readPem(file)
                : readStore(file, password.map(String::toCharArray).orElse(null));
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException(
                    "it has no trusted certificate, at most private keys with their own, or its password is missing; import"
                            + " the certificate of the CA: keytool -importcert");
        }
        return certificates;
    }

    private static boolean isPem(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return new String(content.readNBytes(1 << 16), StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
        }
    }

    private static Collection<? extends Certificate> readPem(Path file) throws IOException, GeneralSecurityException {
        byte[] content = Files.readAllBytes(file);
        // Its own words about a file that holds only a private key do not say so.
        return new String(content, StandardCharsets.ISO_8859_1).contains("CERTIFICATE-----")
                ? CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(content))
                : List.of();
    }

    private static List<Certificate> readStore(Path file, char[] password)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(file.toFile(), password);
        List<Certificate> certificates = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) {
            if (store.isCertificateEntry(alias)) {
                certificates.add(store.getCertificate(alias));
            }
        }
        return certificates;
    }
}

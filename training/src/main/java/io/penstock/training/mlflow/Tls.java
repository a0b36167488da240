package io.penstock.training.mlflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** How an MLflow server's certificate is checked, and what is shown to it, by the variables that MLflow's clients read. */
final class Tls {
    static final String INSECURE = "MLFLOW_TRACKING_INSECURE_TLS";
    static final String SERVER_CERTIFICATE = "MLFLOW_TRACKING_SERVER_CERT_PATH";
    static final String CLIENT_CERTIFICATE = "MLFLOW_TRACKING_CLIENT_CERT_PATH";
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final Pattern REFUSED_BY_PEER = Pattern.compile(
            "fatal alert: (bad_certificate|certificate_|unsupported_certificate|unknown_ca|access_denied|no_certificate"
                    + "|protocol_version|handshake_failure|insufficient_security)");
    private static final char[] NO_PASSWORD = {};

    private Tls() {}

    /** Empty when no variable is set: Java's own trust store counts then. */
    static Optional<SSLContext> context(Map<String, String> variables) {
        boolean isInsecure = flag(variables.getOrDefault(INSECURE, ""));
        String server = variables.getOrDefault(SERVER_CERTIFICATE, "");
        String client = variables.getOrDefault(CLIENT_CERTIFICATE, "");
        if (!isInsecure && server.isEmpty() && client.isEmpty()) {
            return Optional.empty();
        }
        if (isInsecure && !server.isEmpty()) {
            throw unusable(
                    INSECURE + " contradicts " + SERVER_CERTIFICATE,
                    INSECURE,
                    "Unset one of them: the second checks the server, the first does not");
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    client.isEmpty() ? null : shown(Path.of(client)),
                    isInsecure
                            ? new TrustManager[] {new Anybody()}
                            : server.isEmpty() ? null : trusted(Path.of(server)),
                    null);
            return Optional.of(context);
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(
                    "Cannot use the certificates for MLflow: " + e.getMessage(),
                    client.isEmpty() ? SERVER_CERTIFICATE : SERVER_CERTIFICATE + ", " + CLIENT_CERTIFICATE,
                    "Name PEM files that this user may read");
        }
    }

    private static boolean flag(String value) {
        String text = value.strip().toLowerCase(java.util.Locale.ROOT);
        if (!Set.of("", "true", "false", "1", "0").contains(text)) {
            throw unusable(INSECURE + " is neither true nor false", INSECURE, "Set it to true, or unset it");
        }
        return text.equals("true") || text.equals("1");
    }

    /** A file of certificates, or a folder of such files. */
    private static TrustManager[] trusted(Path path) throws GeneralSecurityException, IOException {
        KeyStore store = empty();
        for (Path file : files(path)) {
            for (Certificate certificate : certificates(Files.readString(file, StandardCharsets.ISO_8859_1))) {
                store.setCertificateEntry("c" + store.size(), certificate);
            }
        }
        if (store.size() == 0) {
            throw new CertificateException(path + " holds no certificate in PEM");
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static List<Path> files(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new IOException("there is no " + path);
        }
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** One file with the certificate, those that lead to its authority, and the key. */
    private static KeyManager[] shown(Path path) throws GeneralSecurityException, IOException {
        files(path);
        String text = Files.readString(path, StandardCharsets.ISO_8859_1);
        List<Certificate> chain = certificates(text);
        if (chain.isEmpty()) {
            throw new CertificateException(path + " holds no certificate in PEM");
        }
        KeyStore store = empty();
        store.setKeyEntry(
                "client",
                key(text, chain.get(0).getPublicKey().getAlgorithm(), path),
                NO_PASSWORD,
                chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static PrivateKey key(String text, String algorithm, Path path) throws GeneralSecurityException {
        Matcher pem = PEM.matcher(text);
        while (pem.find()) {
            if (pem.group(1).equals("PRIVATE KEY")) {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(2))));
            }
        }
        throw new GeneralSecurityException(path + " holds no key as PKCS #8 without a password"
                + " (openssl pkcs8 -topk8 -nocrypt -in key.pem makes one)");
    }

    private static List<Certificate> certificates(String text) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> found = new ArrayList<>();
        Matcher pem = PEM.matcher(text);
        while (pem.find()) {
            if (pem.group(1).endsWith("CERTIFICATE")) {
                found.add(factory.generateCertificate(
                        new ByteArrayInputStream(Base64.getMimeDecoder().decode(pem.group(2)))));
            }
        }
        return found;
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    /** Whether a connection failed by what is set here or there, so that trying again cannot help. */
    static boolean isRefusal(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof CertificateException
                    || cause instanceof java.security.cert.CertPathBuilderException
                    || cause instanceof SSLPeerUnverifiedException
                    || cause instanceof SSLException
                            && (message.startsWith("Unsupported or unrecognized SSL message")
                                    || REFUSED_BY_PEER.matcher(message).find())) {
                return true;
            }
        }
        return false;
    }

    private static PenstockException unusable(String what, String where, String remedy) {
        return new PenstockException(ErrorCode.INVALID_MLFLOW_TLS, what, where, remedy);
    }

    /** Checks nothing, the host's name neither: what {@value #INSECURE} asks for. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** S3Proxy on loopback in a process of its own, over a local folder in which every object is a plain file. */
final class S3Server implements AutoCloseable {
    static final String KEY = "penstock-tests";
    static final String SECRET = "0123456789abcdefKNOWN0SECRET";
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);
    private static final int PATIENCE = 3000;

    private final Process process;
    private final int port;
    private final Path folder;

    private S3Server(Process process, int port, Path folder) {
        this.process = process;
        this.port = port;
        this.folder = folder;
    }

    static S3Server start(Path folder) throws IOException {
        int port = freePort();
        Files.createDirectories(folder.resolve("objects"));
        Path settings = folder.resolve("s3proxy.properties");
        Files.write(
                settings,
                List.of(
                        "s3proxy.authorization=aws-v2-or-v4",
                        "s3proxy.endpoint=http://127.0.0.1:" + port,
                        "s3proxy.identity=" + KEY,
                        "s3proxy.credential=" + SECRET,
                        "jclouds.provider=filesystem-nio2",
                        "jclouds.identity=none",
                        "jclouds.credential=none",
                        "jclouds.filesystem.basedir=" + folder.resolve("objects")));
        Path quiet = folder.resolve("logback.xml");
        Files.writeString(quiet, "<configuration><root level=\"off\"/></configuration>");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-Dlogback.configurationFile=" + quiet,
                        "-cp",
                        CommandLine.fromEnvironment("PENSTOCK_S3SERVER") + "/*",
                        "org.gaul.s3proxy.Main",
                        "--properties",
                        settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("s3proxy.log").toFile())
                .start();
        S3Server server = new S3Server(process, port, folder);
        server.awaitUp();
        return server;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitUp() throws IOException {
        for (int i = 0; i < PATIENCE; i++) {
            assertThat(process.isAlive())
                    .as(() -> "S3Proxy ended: " + folder.resolve("s3proxy.log"))
                    .isTrue();
            try {
                ((HttpURLConnection) URI.create(endpoint()).toURL().openConnection()).getResponseCode();
                return;
            } catch (java.net.ConnectException e) {
                Waiting.untilTheNextLook();
            }
        }
        throw new AssertionError("S3Proxy never answered on " + endpoint());
    }

    String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    /** The folder that is the bucket. */
    Path bucket(String name) throws IOException {
        return Files.createDirectories(folder.resolve("objects").resolve(name));
    }

    /** Puts the files of a folder below a prefix of a bucket, over HTTP as anybody would. */
    void putAll(Path from, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                put("/" + prefix + "/" + from.relativize(file).toString().replace("=", "%3D"), file);
            }
        }
    }

    private void put(String resource, Path file) throws IOException {
        HttpURLConnection put =
                (HttpURLConnection) URI.create(endpoint() + resource).toURL().openConnection();
        String date = HTTP_DATE.format(Instant.now().atOffset(ZoneOffset.UTC));
        put.setRequestMethod("PUT");
        put.setDoOutput(true);
        put.setRequestProperty("Date", date);
        put.setRequestProperty("Content-Type", "text/csv");
        put.setRequestProperty(
                "Authorization", "AWS " + KEY + ":" + signed("PUT\n\ntext/csv\n" + date + "\n" + resource));
        put.getOutputStream().write(Files.readAllBytes(file));
        assertThat(put.getResponseCode()).as(resource).isEqualTo(200);
    }

    private static String signed(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}

package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.penstock.tests.faults.FaultProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Landing and warehouse on an S3 server that checks signatures, models on an MLflow server that demands a login. What the
 * servers are told is also what the tables show; the secrets that let the runs in stand in nothing that they write.
 */
class ObjectStoreTest {
    private static final String LOGIN = "bob:planted-pa55word";
    private static final String TOKEN = "planted-t0ken";
    private static final List<String> SECRETS = List.of(S3Server.SECRET, "planted-pa55word", TOKEN, encoded(LOGIN));

    @TempDir
    private static Path folder;

    private static S3Server store;
    private static Path conf;
    private static FaultProxy models;

    @BeforeAll
    static void aStore() throws IOException {
        store = S3Server.start(folder.resolve("store"));
        conf = Parcels.configuration(folder.resolve("conf"));
        penstock("mlflow", "start", "--work", folder.toString()).fine();
        models = new FaultProxy(mlflow(folder));
        models.demands("Basic " + encoded(LOGIN));
    }

    @AfterAll
    static void theServersStop() throws IOException {
        models.close();
        penstock("mlflow", "stop", "--work", folder.toString());
        store.close();
    }

    /** The range is killed between two tables of scores, run again, and equals a local run that nobody disturbed. */
    @Test
    void theWholePipelineEqualsALocalRunAlsoAfterAKill() throws IOException {
        Path local = folder.resolve("local");
        Parcels.land(local.resolve("landing"));
        penstock(range(where(local)).toArray(String[]::new)).fine();
        Path warehouse = store.bucket("lake").resolve("warehouse");
        store.putAll(local.resolve("landing"), "lake/landing");
        Path work = folder.resolve("work");
        String environment = environment("s3", store.endpoint(), "lake");
        List<String> there = List.of("--work", work.toString(), "--conf-dir", conf.toString(), "--env", environment);
        List<String> remote = new ArrayList<>(range(there));
        remote.add("--event-log");

        refusedWithoutAWord(remote, warehouse);
        remote.addAll(List.of("--set", "penstock.single-writer=true"));
        try (Child child = child("KILL score: committed scores/slow_log", remote, S3Server.SECRET)) {
            child.diesOfIt();
            noSecret(child.said());
        }
        Path dags = work.resolve("dags");
        List<Verbs.Ended> ended = ended(
                S3Server.SECRET,
                List.of(
                        remote,
                        remote,
                        joined(List.of("airflow", "export", "parcels", "--out", dags.toString()), there)));
        assertThat(ended).allSatisfy(one -> assertThat(one.exit()).as(one::said).isZero());
        assertThat(ended.get(0).said()).contains("resuming run");
        assertThat(ended.get(1).said()).contains("nothing to do");

        assertThat(Contents.of(warehouse.resolve("parcels")))
                .isEqualTo(Contents.of(local.resolve("warehouse/parcels")));
        assertThat(dags).isNotEmptyDirectory();
        assertThat(work.resolve("events")).isNotEmptyDirectory();
        assertThat(models.requests()).as("calls with a login").hasSizeGreaterThan(20);
        for (Path written : List.of(work, store.bucket("lake"), folder.resolve("mlflow"))) {
            noSecretBelow(written);
        }
    }

    /** Two processes at once could both win a commit there, so that neither starts without the user's word. */
    private static void refusedWithoutAWord(List<String> arguments, Path warehouse) {
        Verbs.Ended refused = ended(S3Server.SECRET, List.of(arguments)).get(0);
        assertThat(refused.exit()).as(refused::said).isEqualTo(20);
        assertThat(refused.said()).contains("PEN-STO-001").contains("penstock.single-writer");
        assertThat(warehouse).doesNotExist();
    }

    @Test
    void aWrongSecretIsToldAndNotPrinted() throws IOException {
        String secret = "another-secret-than-the-known-one";

        Verbs.Ended wrong =
                ended(secret, List.of(plan("wrong", store.endpoint(), "lake"))).get(0);

        assertThat(wrong.exit()).as(wrong::said).isEqualTo(20);
        assertThat(wrong.said()).contains("PEN-STO-003").contains("403").doesNotContain(secret);
    }

    /** A bucket that does not exist, a store that is down, and answers that stores give; each bucket has a name of its own. */
    @Test
    void f29_f30_whatTheStoreAnswersHasACode() throws IOException {
        List<HttpServer> servers = new ArrayList<>();
        List<List<String>> plans = new ArrayList<>();
        plans.add(plan("nowhere", store.endpoint(), "no-such-bucket"));
        plans.add(plan("down", "http://127.0.0.1:" + S3Server.freePort(), "down"));
        try {
            for (Map.Entry<Integer, String> answer : List.of(
                    Map.entry(503, "SlowDown"), Map.entry(400, "ExpiredToken"), Map.entry(403, "AccessDenied"))) {
                HttpServer server = answering(answer.getKey(), answer.getValue());
                servers.add(server);
                String name = "answers-" + answer.getKey();
                plans.add(plan(name, "http://127.0.0.1:" + server.getAddress().getPort(), name));
            }

            List<Verbs.Ended> ended = ended(S3Server.SECRET, plans);

            assertThat(ended).extracting(Verbs.Ended::exit).containsExactly(20, 30, 30, 30, 20);
            assertThat(ended.get(0).said()).contains("PEN-STO-002");
            assertThat(ended.get(1).said()).contains("PEN-STO-029");
            assertThat(ended.get(2).said()).contains("PEN-STO-029");
            assertThat(ended.get(3).said()).contains("PEN-STO-030");
            assertThat(ended.get(4).said()).contains("PEN-STO-003");
        } finally {
            servers.forEach(server -> server.stop(0));
        }
    }

    private static HttpServer answering(int status, String code) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] body = ("<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>no</Message></Error>")
                .getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.start();
        return server;
    }

    /**
     * Faults between Penstock and the real store, of the requests that commit to a table: one that the store does not hear
     * of until somebody mends the wire, and one that it obeys while the answer is lost.
     */
    @Test
    void f29_whateverTheWireDoesToACommitARerunEndsTheSame() throws IOException {
        LocalDate second = Parcels.FIRST.plusDays(1);
        LocalDate third = second.plusDays(1);
        Path local = folder.resolve("unwired");
        Parcels.land(local.resolve("landing"), third);
        Path warehouse = store.bucket("wire").resolve("warehouse");
        store.putAll(local.resolve("landing"), "wire/landing");
        List<String> range = List.of(
                "run", "parcels", "--from", Parcels.FIRST.toString(), "--to", third.toString(), "--stage", "ingest");
        penstock(joined(range, where(local)).toArray(String[]::new)).fine();
        try (FaultProxy wire = new FaultProxy(store.endpoint())) {
            List<String> there =
                    List.of("--env", environment("wire", wire.url(), "wire"), "--set", "penstock.single-writer=true");
            wire.fail(commit(1), 1, 1000, FaultProxy.Fault.UNAVAILABLE_503);
            List<Verbs.Ended> broken = ended(
                    S3Server.SECRET,
                    List.of(joined(ingest(Parcels.FIRST, local), there), joined(ingest(second, local), there)));
            assertThat(broken).extracting(Verbs.Ended::exit).containsExactly(0, 30);
            assertThat(broken.get(1).said()).contains("PEN-STO-029");

            wire.mend();
            wire.fail(commit(2), 1, 1, FaultProxy.Fault.ANSWER_LOST);
            List<Verbs.Ended> mended = ended(
                    S3Server.SECRET,
                    List.of(joined(ingest(second, local), there), joined(ingest(third, local), there)));
            assertThat(mended)
                    .allSatisfy(one -> assertThat(one.exit()).as(one::said).isZero());
            assertThat(wire.requests()).filteredOn(commit(2)).hasSizeGreaterThan(1);
        }

        assertThat(Contents.of(warehouse.resolve("parcels")))
                .isEqualTo(Contents.of(local.resolve("warehouse/parcels")));
    }

    private static Predicate<FaultProxy.Request> commit(int version) {
        return request -> request.method().equals("PUT")
                && request.path().contains("/bronze/parcels/_delta_log/0000000000000000000" + version + ".json");
    }

    private static List<String> ingest(LocalDate day, Path work) {
        return joined(List.of("run", "parcels", "--unit", day.toString(), "--stage", "ingest"), where(work));
    }

    private static List<String> joined(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    /** Credentials in a configuration are refused also where a reference stands for them. */
    @Test
    void credentialsDoNotBelongIntoAConfiguration() throws IOException {
        Files.writeString(
                conf.resolve("env/literal.conf"),
                "penstock.hadoop { \"fs.s3a.secret.key\" = ${PATH}, fs.s3a.session.token = abc }");
        CommandLine.Said said =
                penstock("plan", "parcels", "--unit", "2024-03-12", "--conf-dir", conf.toString(), "--env", "literal");

        assertThat(said.exit()).isEqualTo(20);
        assertThat(said.err())
                .contains("PEN-STO-005")
                .contains("fs.s3a.secret.key is a credential")
                .contains("fs.s3a.session.token is a credential")
                .doesNotContain(System.getenv("PATH"));
    }

    private static List<String> plan(String name, String endpoint, String bucket) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("plan", "parcels", "--unit", "2024-03-12", "--debug"));
        arguments.addAll(where(folder.resolve(name)));
        arguments.addAll(List.of("--env", environment(name, endpoint, bucket)));
        return arguments;
    }

    private static List<String> range(List<String> where) {
        List<String> range =
                List.of("run", "parcels", "--from", Parcels.FIRST.toString(), "--to", Parcels.TRAINING.toString());
        return joined(range, where);
    }

    private static List<String> where(Path work) {
        return List.of(
                "--work", work.toString(), "--conf-dir", conf.toString(), "--set", "penstock.mlflow=" + mlflow(folder));
    }

    private static String environment(String name, String endpoint, String bucket) throws IOException {
        Files.writeString(conf.resolve("env/" + name + ".conf"), """
            penstock {
              warehouse = "s3a://%1$s/warehouse"
              landing = "s3a://%1$s/landing"
              hadoop { "fs.s3a.endpoint" = "%2$s", fs.s3a.path.style.access = true }
            }
            """.formatted(bucket, endpoint));
        return name;
    }

    private static List<Verbs.Ended> ended(String secret, List<List<String>> commandLines) {
        List<Verbs.Ended> ended = Verbs.of(commandLines, fromEnvironment("PENSTOCK_S3A") + "/*", secrets(secret));
        ended.forEach(one -> noSecret(one.said()));
        return ended;
    }

    private static Child child(String fault, List<String> arguments, String secret) {
        return Child.start(fault, arguments, fromEnvironment("PENSTOCK_S3A") + "/*", secrets(secret));
    }

    private static Map<String, String> secrets(String secret) {
        return Map.of(
                "AWS_ACCESS_KEY_ID",
                S3Server.KEY,
                "AWS_SECRET_ACCESS_KEY",
                secret,
                "MLFLOW_TRACKING_URI",
                models.url().replace("://", "://" + LOGIN + "@"),
                "MLFLOW_TRACKING_TOKEN",
                TOKEN);
    }

    private static void noSecret(String said) {
        assertThat(said).doesNotContain(SECRETS);
    }

    private static void noSecretBelow(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(SECRETS);
            }
        }
    }

    private static String encoded(String login) {
        return Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }
}

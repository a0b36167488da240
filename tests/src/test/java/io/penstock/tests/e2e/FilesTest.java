package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.core.Clock;
import io.penstock.core.LedgerEntry;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.tests.e2e.CommandLine.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code penstock files} over files of every outcome, and the ledger written again from the manifests. */
class FilesTest {
    private static final String CONFIG = """
            pipeline = orders
            schedule { every = 1d, cut = "06:00", zone = UTC }
            sources { orders {
              path = "orders/landed={landed}/*.csv", mode = append, key = [order_id], event-time = landed
              max-reject-rate = 0.5, allow-empty = true
              columns { order_id { required = true }, amount { type = double, required = true } }
            } }
            """;
    private static final String HEADER = "order_id,amount\n";
    private static final String REPEATED_AND_REJECTED = HEADER + "1,1.5\n2,2.5\n3,3.5\n3,3.5\n4,much\n";

    @TempDir
    Path folder;

    @Test
    void whatUnitsOfHoursRejectedIsShownAndGivenOut() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("conf")).resolve("orders.conf"), CONFIG);
        land("20240301T050000Z/a.csv", REPEATED_AND_REJECTED);
        List<String> hours = List.of("--set", "schedule.every=12h", "--set", "sources.orders.max-reject-rate=1");
        String unit = verb("plan", with(hours, "--from", "2024-03-01", "--to", "2024-03-01", "--json"))
                .fine()
                .json()
                .path("steps")
                .path(0)
                .path("unit")
                .asText();
        verb("run", with(hours, "--unit", unit)).fine();

        assertThat(unit).matches("2024-03-01T\\d\\d:00Z");
        assertThat(verb("quarantine", with(hours, "--unit", unit)).fine().out())
                .contains(unit + "  done     PEN-ROW-015  double(amount)  1         0       0            1");
    }

    private static String[] with(List<String> settings, String... arguments) {
        return Stream.concat(Stream.of(arguments), settings.stream()).toArray(String[]::new);
    }

    @Test
    void everyFileIsToldAndALostOrDamagedLedgerIsWrittenAnewFromTheManifests() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("conf")).resolve("orders.conf"), CONFIG);
        land("20240301T050000Z/a.csv", REPEATED_AND_REJECTED);
        land("20240301T050000Z/empty.csv", "");
        land("20240302T050000Z/again.csv", REPEATED_AND_REJECTED);
        Path touched = land("20240302T050000Z/b.csv", HEADER + "5,5.5\n6,6.5\n");
        Path mended = land("20240303T050000Z/c.csv", HEADER + "7,seven\n8,eight\n9,9.5\n");
        assertThat(verb("run", "--from", "2024-03-01", "--to", "2024-03-03").exit())
                .isEqualTo(10);
        land("20240304T050000Z/d.csv", HEADER + "10,10.5\n");
        land("20240304T050000Z/_e.csv", HEADER + "11,11.5\n");
        land("20240304T050000Z/f.CSV", HEADER + "12,12.5\n");
        assertThat(verb("quarantine", "--unit", "2024-03-03", "--show", "5")
                        .fine()
                        .out())
                .contains("2024-03-03  refused  PEN-ROW-015  double(amount)  2         0       0            0", "seven")
                .contains("Of a refused unit nothing was taken")
                .doesNotContain("To mend them");

        JsonNode told = verb("files", "--json").fine().json();
        assertThat(told.path("states").toString())
                .isEqualTo(
                        "{\"duplicate\":1,\"passed over\":2,\"quarantined\":1,\"refused\":1,\"taken\":2,\"waiting\":1}");
        assertThat(lines(told, "path")).startsWith("orders/landed=20240301T050000Z/a.csv");
        assertThat(told.path("files").get(0).path("rows_in").asLong()).isEqualTo(5);
        assertThat(told.path("files").get(0).path("rows_out").asLong()).isEqualTo(3);
        JsonNode waiting = verb("files", "--json", "--state", "waiting").fine().json();
        assertThat(lines(waiting, "path")).containsExactly("orders/landed=20240304T050000Z/d.csv");
        assertThat(lines(waiting, "unit")).containsExactly("2024-03-04");
        assertThat(lines(
                        verb("files", "--json", "--unit", "2024-03-02", "--path", "b.csv")
                                .json(),
                        "state"))
                .containsExactly("taken");
        assertThat(verb("files", "--limit", "1").fine().out())
                .contains("f.CSV", "PEN-ING-015 The pattern orders/landed={landed}/*.csv does n", "(1 row)")
                .doesNotContain("a.csv");

        Files.writeString(mended, HEADER + "7,7.5\n8,8.5\n9,9.5\n");
        Files.setLastModifiedTime(touched, FileTime.from(Instant.parse("2024-03-04T01:02:03Z")));
        assertThat(verb("files", "--state", "touched").fine().out())
                .contains("b.csv", "changed 2024-03-04T01:02:03Z, after unit 2024-03-02 took it", "(1 row)");
        assertThat(verb("run", "--from", "2024-03-03", "--to", "2024-03-04")
                        .fine()
                        .tidy()
                        .err())
                .contains("does not match: orders/landed=20240304T050000Z/f.CSV");
        assertThat(verb("files", "--unit", "2024-03-03").fine().out()).doesNotContain("refused");
        assertThat(verb("files", "--unit", "2024-03-03", "--history").fine().out())
                .contains("refused");
        assertThat(verb("files", "--verify").fine().out()).contains("the ledger agrees");
        Files.delete(touched);
        assertThat(lines(verb("files", "--json", "--path", "b.csv").json(), "reason"))
                .containsOnly("gone since");
        List<LedgerEntry> before = ledger();
        assertThat(before)
                .extracting(LedgerEntry::state)
                .contains("taken", "quarantined", "duplicate", "refused", "seen");

        Path table = folder.resolve("work/warehouse/orders/ops/ledger");
        Files.move(table, folder.resolve("lost"));
        verb("plan", "--unit", "2024-03-05").failed(40, "PEN-OPS-032");
        verb("files", "--rebuild").fine();
        assertThat(ledger()).containsExactlyInAnyOrderElementsOf(before);

        Files.writeString(table.resolve("_delta_log/00000000000000000000.json"), "no log\n");
        verb("files", "--rebuild").fine();
        assertThat(ledger()).containsExactlyInAnyOrderElementsOf(before);

        verb("run", "--unit", "2024-03-05").fine();
        assertThat(ledger()).containsExactlyInAnyOrderElementsOf(before);

        List<LedgerEntry> less = new ArrayList<>(before);
        LedgerEntry gone = less.remove(0);
        store().rebuildLedger(less);
        assertThat(verb("files", "--verify").failed(40, "PEN-OPS-032").out())
                .contains("the ledger does not hold orders " + gone.path());
    }

    private Path land(String path, String content) throws IOException {
        Path file = folder.resolve("work/landing/orders/landed=" + path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private List<LedgerEntry> ledger() {
        return store().ledger();
    }

    private KernelManifestStore store() {
        return new KernelManifestStore(
                folder.resolve("work/warehouse/orders/ops").toString(), "orders", Clock.system());
    }

    private static List<String> lines(JsonNode told, String field) {
        return told.path("files").findValuesAsText(field);
    }

    private Said verb(String verb, String... more) {
        List<String> all = new ArrayList<>(List.of(verb, "orders"));
        all.addAll(List.of(more));
        all.addAll(List.of(
                "--work",
                folder.resolve("work").toString(),
                "--conf-dir",
                folder.resolve("conf").toString()));
        return penstock(all.toArray(String[]::new));
    }
}

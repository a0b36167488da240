package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One new file, planned and ingested, where a number of others are known: they lie in the landing folder, stand in the
 * ledger, and are named by the manifests of a thousand units. Contract, quarantine and rules are on.
 */
final class KnownFilesBench {
    private static final UnitId REAL = UnitId.of(LocalDate.of(2024, 3, 20));
    private static final int UNITS = 1000;
    private static final String RECORDS = "parcel_id,weight,sent\np%d,1.5,2024-03-20T05:00:00Z\nq%d,heavy,\n";

    private static final String CONFIG = """
            pipeline = known
            schedule { every = 1d, cut = "08:00", zone = UTC }
            sources { parcels {
              path = "parcels/landed={landed}/*.csv", mode = append, key = [parcel_id], event-time = sent
              max-reject-rate = 0.9
              columns {
                parcel_id { required = true, pattern = "[pq][0-9]+" }
                weight { type = double, between = [0, 1000] }
                sent { type = timestamp, required = true }
              }
              expectations = [ { completeness = weight, at-least = 0.9 }, { unique = [weight], at-least = 0.1 } ]
            } }
            """;

    private final PipelineConfig config;
    private final Path landing;
    private UnitId last = REAL;

    /** @param landed what leads to the folder of the landed files, such as {@link OpenedFiles#at} */
    KnownFilesBench(Workplace place, int known, java.util.function.Function<Path, String> landed) throws IOException {
        this.landing = Files.createDirectories(place.folder().resolve("landing"));
        this.config = place.config(
                "known",
                CONFIG,
                Map.of(
                        "penstock.landing",
                        landed.apply(landing),
                        "penstock.warehouse",
                        "file://" + place.path("warehouse")));
        land(REAL, 1);
        run(REAL);
        know(known);
    }

    /** Lands a file for the next unit, plans it and ingests it. */
    void one() throws IOException {
        last = last.plusDays(1);
        land(last, 1);
        plan(last);
        run(last);
    }

    /** Paths of the files that {@link #one} lands, by now. */
    String lastPath() {
        return landing.resolve(path(last, 0)).toString();
    }

    PipelineConfig config() {
        return config;
    }

    private void plan(UnitId day) {
        History history = History.of(KernelManifestStore.of(config, Clock.system()));
        List<StageJob> jobs = Stages.jobs(config, List.of("ingest"));
        assertThat(new Planner(config.schedule(), history, false)
                        .plan(jobs, List.of(config.schedule().unit(day))))
                .allMatch(Planner.Step::runs);
    }

    private void run(UnitId day) {
        Executor.Result result = new Executor(new Session(config, Progress.silent()), Clock.system())
                .run(
                        Stages.jobs(config, List.of("ingest")),
                        List.of(config.schedule().unit(day)),
                        false);
        assertThat(result.exit()).as("%s", result.messages()).isEqualTo(ExitCode.OK);
        assertThat(result.manifests())
                .singleElement()
                .satisfies(manifest -> assertThat(manifest.counts())
                        .containsEntry("bronze/parcels", 1L)
                        .containsEntry("quarantine/parcels", 1L));
    }

    private void know(int known) throws IOException {
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        Manifest sample = store.manifests().get(0);
        int units = Math.min(UNITS, known);
        String run = "r" + Hashes.sha256("known").substring(0, 16);
        Map<UnitId, List<Pin.FilePin>> files = new TreeMap<>();
        List<LedgerEntry> ledger = new ArrayList<>();
        List<Manifest> manifests = new ArrayList<>();
        for (int i = units; i > 0; i--) {
            Unit unit = config.schedule().unit(REAL.minusDays(i));
            List<Pin.FilePin> pins = new ArrayList<>();
            for (LedgerEntry entry : land(unit.id(), known / units)) {
                ledger.add(entry.of(run));
                pins.add(new Pin.FilePin(entry.source(), entry.path(), entry.bytes(), entry.sha256()));
            }
            files.put(unit.id(), pins);
            manifests.add(new Manifest(
                    config.pipeline(),
                    sample.stage(),
                    "",
                    unit.id(),
                    run,
                    Manifest.Status.DONE,
                    sample.recipe(),
                    History.contentOf(pins),
                    List.copyOf(pins),
                    sample.outputs(),
                    sample.verdicts(),
                    sample.counts(),
                    sample.facts(),
                    sample.provenance(),
                    unit.cut(),
                    unit.cut().plusSeconds(60),
                    sample.actor(),
                    ""));
        }
        Map<UnitId, String> contents = new TreeMap<>();
        files.keySet().forEach(unit -> contents.put(unit, ""));
        Intent intent = new Intent(
                config.pipeline(),
                sample.stage(),
                "",
                run,
                List.copyOf(files.keySet()),
                sample.recipe(),
                contents,
                files,
                new LinkedHashMap<>(Map.of("bronze/parcels", 0L, "quarantine/parcels", 0L)),
                sample.started(),
                "open");
        store.open(intent);
        store.claim(run);
        store.finish(intent, manifests, ledger);
    }

    private List<LedgerEntry> land(UnitId day, int count) throws IOException {
        List<LedgerEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String path = path(day, i);
            Path file = landing.resolve(path);
            Files.createDirectories(file.getParent());
            String content = RECORDS.formatted(day.ordinal() * UNITS + i, i);
            Files.writeString(file, content);
            String sha256 = Hashes.sha256(content);
            entries.add(new LedgerEntry(
                    "parcels",
                    path,
                    LedgerEntry.fileId(path, sha256),
                    Files.size(file),
                    Files.getLastModifiedTime(file).toMillis(),
                    sha256,
                    "taken",
                    day,
                    "",
                    2,
                    1,
                    ""));
        }
        return entries;
    }

    private static String path(UnitId day, int i) {
        return "parcels/landed=" + day.toString().replace("-", "") + "T060000Z/parcels" + i + ".csv";
    }
}

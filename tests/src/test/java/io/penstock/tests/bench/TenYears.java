package io.penstock.tests.bench;

import io.penstock.core.Clock;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Books as years of daily units leave them: every stage of every unit has its manifest, made after those of a real unit
 * and chained, every file its entry, every month its promotion. The last weeks came unit by unit, what was before in
 * backfills of a year: the small files of either are merged on the way, so that a reader finds the same number of files.
 */
final class TenYears {
    private static final int BACKFILL = 365;
    private static final int ONE_BY_ONE = 20;

    private final PipelineConfig config;
    private final KernelManifestStore store;
    private final Map<Stage, Manifest> samples = new HashMap<>();
    private final Map<UnitId, String> taken = new TreeMap<>();
    private int runs;
    private long manifests;

    /** @param real manifests of a unit that ran */
    TenYears(PipelineConfig config, List<Manifest> real) {
        this.config = config;
        this.store = new KernelManifestStore(config.ops(), config.pipeline(), Clock.system());
        real.forEach(manifest -> samples.put(manifest.stage(), manifest));
    }

    /** @return how many manifests there are */
    long write(LocalDate first, LocalDate last) {
        List<Unit> units = config.schedule().units(first, last);
        String chain = "";
        for (Unit unit : units) {
            chain = Hashes.sha256(chain + unit.id() + content(unit));
            taken.put(unit.id(), chain);
        }
        int from = 0;
        while (from < units.size()) {
            boolean isRecent = units.size() - from <= ONE_BY_ONE;
            int to = isRecent ? from + 1 : Math.min(from + BACKFILL, units.size() - ONE_BY_ONE);
            List<Unit> part = units.subList(from, to);
            for (StageJob job : Stages.jobs(config, List.of())) {
                List<Unit> own = part.stream().filter(job::takes).toList();
                if (!own.isEmpty()) {
                    write(job, own);
                }
            }
            from = to;
        }
        return manifests;
    }

    private void write(StageJob job, List<Unit> units) {
        String run = "r" + Hashes.sha256("run " + runs++).substring(0, 16);
        boolean ingests = job.stage().equals(Stage.INGEST);
        Map<UnitId, String> contents = new TreeMap<>();
        Map<UnitId, List<Pin.FilePin>> files = new TreeMap<>();
        List<LedgerEntry> ledger = new ArrayList<>();
        List<Manifest> made = new ArrayList<>();
        for (Unit unit : units) {
            contents.put(unit.id(), ingests ? "" : taken.get(unit.id()));
            files.put(unit.id(), ingests ? pins(unit) : List.of());
            if (ingests) {
                pins(unit).forEach(pin -> ledger.add(entry(pin, unit, run)));
            }
            made.add(manifest(job, unit, run));
            if (job.stage().equals(Stage.PROMOTE)) {
                promoted(job, unit, run);
            }
        }
        Intent intent = new Intent(
                config.pipeline(),
                job.stage(),
                job.subject(),
                run,
                units.stream().map(Unit::id).toList(),
                job.recipe().sha256(),
                contents,
                files,
                bases(job),
                units.get(0).cut(),
                "open");
        store.open(intent);
        store.claim(run);
        store.finish(intent, made, ledger);
        manifests += made.size();
    }

    private Manifest manifest(StageJob job, Unit unit, String run) {
        Manifest sample = samples.getOrDefault(job.stage(), samples.get(Stage.SCORE));
        boolean ingests = job.stage().equals(Stage.INGEST);
        return new Manifest(
                config.pipeline(),
                job.stage(),
                job.subject(),
                unit.id(),
                run,
                Manifest.Status.DONE,
                job.recipe().sha256(),
                ingests ? content(unit) : taken.get(unit.id()),
                ingests ? List.copyOf(pins(unit)) : sample.inputs(),
                sample.outputs(),
                sample.verdicts(),
                sample.counts(),
                sample.facts(),
                sample.provenance(),
                unit.cut(),
                unit.cut().plusSeconds(60),
                sample.actor(),
                "");
    }

    private void promoted(StageJob job, Unit unit, String run) {
        Map<String, String> entry = new LinkedHashMap<>();
        entry.put("at", unit.cut().toString());
        entry.put("model", config.pipeline() + "." + job.subject());
        entry.put("event", "promoted");
        entry.put("version", String.valueOf(runs));
        entry.put("alias", "champion");
        entry.put("sha256", Hashes.sha256(run));
        entry.put("run", run);
        store.journal(entry);
    }

    private static Map<String, Long> bases(StageJob job) {
        Map<String, Long> bases = new LinkedHashMap<>();
        job.outputs().forEach(table -> bases.put(table, 0L));
        return bases;
    }

    private List<Pin.FilePin> pins(Unit unit) {
        String stamp = unit.id().toString().replace("-", "");
        return config.sources().keySet().stream()
                .map(source -> new Pin.FilePin(
                        source,
                        source + "/landed=" + stamp + "T060000Z/" + source + ".csv",
                        4_000,
                        Hashes.sha256(source + unit)))
                .toList();
    }

    private static LedgerEntry entry(Pin.FilePin pin, Unit unit, String run) {
        return new LedgerEntry(
                pin.source(),
                pin.path(),
                LedgerEntry.fileId(pin.path(), pin.sha256()),
                pin.bytes(),
                0,
                pin.sha256(),
                "taken",
                unit.id(),
                run,
                60,
                60,
                "");
    }

    private String content(Unit unit) {
        return History.contentOf(pins(unit));
    }
}

package io.penstock.jobs.run;

import io.penstock.core.Hashes;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Stage;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the pipeline has done so far, read from its manifests. Immutable. */
public final class History {
    private record Key(Stage stage, String subject, LocalDate unit) {}

    private final List<Manifest> manifests;
    private final List<LedgerEntry> ledger;
    private final Map<Key, Manifest> latest = new HashMap<>();
    private final TreeMap<LocalDate, String> taken = new TreeMap<>();

    public History(List<Manifest> manifests, List<LedgerEntry> ledger) {
        this.manifests = manifests;
        this.ledger = ledger;
        for (Manifest manifest : manifests) {
            latest.put(new Key(manifest.stage(), manifest.subject(), manifest.unit()), manifest);
        }
        TreeMap<LocalDate, String> contents = new TreeMap<>();
        latest.forEach((key, manifest) -> {
            if (key.stage() == Stage.INGEST && manifest.status() == Manifest.Status.DONE) {
                contents.put(key.unit(), manifest.inputContent());
            }
        });
        String chain = "";
        for (Map.Entry<LocalDate, String> entry : contents.entrySet()) {
            chain = Hashes.sha256(chain + entry.getKey() + entry.getValue());
            taken.put(entry.getKey(), chain);
        }
    }

    public List<Manifest> manifests() {
        return manifests;
    }

    public List<LedgerEntry> ledger() {
        return ledger;
    }

    public Optional<Manifest> latest(Stage stage, String subject, LocalDate unit) {
        return Optional.ofNullable(latest.get(new Key(stage, subject, unit)));
    }

    public Optional<Manifest> done(Stage stage, String subject, LocalDate unit) {
        return latest(stage, subject, unit).filter(manifest -> manifest.status() == Manifest.Status.DONE);
    }

    /** Units for which the stage is done, in order. */
    public List<LocalDate> doneUnits(Stage stage, String subject) {
        return latest.values().stream()
                .filter(manifest -> manifest.stage() == stage
                        && manifest.subject().equals(subject)
                        && manifest.status() == Manifest.Status.DONE)
                .map(Manifest::unit)
                .sorted()
                .toList();
    }

    /** Hash over everything that units up to and including this one took. */
    public String takenUpTo(LocalDate unit) {
        Map.Entry<LocalDate, String> entry = taken.floorEntry(unit);
        return entry == null ? "" : entry.getValue();
    }
}

package io.penstock.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The fake of {@link ManifestStore}: the same rules over lists. {@link #anotherProcess()} is a second store over the same
 * state, for tests of two runs at once.
 */
public final class InMemoryManifestStore implements ManifestStore {
    private static final class State {
        private final List<Manifest> manifests = new ArrayList<>();
        private final Map<String, Intent> intents = new LinkedHashMap<>();
        private final Map<String, Integer> attempts = new HashMap<>();
        private final List<LedgerEntry> ledger = new ArrayList<>();
        private final List<Map<String, String>> journal = new ArrayList<>();
        private final List<MetricRow> metrics = new ArrayList<>();
    }

    private final State state;
    private final Set<String> own = new HashSet<>();
    private Optional<Integer> seen = Optional.empty();

    public InMemoryManifestStore() {
        this(new State());
    }

    private InMemoryManifestStore(State state) {
        this.state = state;
    }

    public InMemoryManifestStore anotherProcess() {
        return new InMemoryManifestStore(state);
    }

    @Override
    public List<Manifest> manifests() {
        synchronized (state) {
            seen = Optional.of(state.manifests.size());
            return List.copyOf(state.manifests);
        }
    }

    @Override
    public List<Intent> openIntents() {
        synchronized (state) {
            return state.intents.values().stream()
                    .filter(intent -> intent.state().equals("open"))
                    .toList();
        }
    }

    @Override
    public Set<String> lostRuns() {
        return runs("lost");
    }

    @Override
    public Set<String> doneRuns() {
        return runs("done");
    }

    private Set<String> runs(String in) {
        synchronized (state) {
            return state.intents.values().stream()
                    .filter(intent -> intent.state().equals(in))
                    .map(Intent::runId)
                    .collect(Collectors.toSet());
        }
    }

    @Override
    public void open(Intent intent) {
        open(intent, Optional.empty());
    }

    @Override
    public void openInstead(Intent intent, Intent lost) {
        open(intent, Optional.of(lost));
    }

    private void open(Intent intent, Optional<Intent> lost) {
        synchronized (state) {
            String given = lost.map(Intent::runId).orElse("");
            boolean atWork = state.intents.values().stream()
                    .anyMatch(other -> other.runId().equals(given)
                            ? !other.state().equals("open")
                            : other.runId().equals(intent.runId())
                                    || other.state().equals("open")
                                            && other.stage().equals(intent.stage())
                                            && other.subject().equals(intent.subject()));
            int known = seen.orElse(state.manifests.size());
            boolean overtaken = state.manifests.stream()
                    .skip(known)
                    .anyMatch(manifest -> manifest.stage().equals(intent.stage())
                            && (intent.subject().isEmpty() || manifest.subject().equals(intent.subject()))
                            && !own.contains(manifest.runId()));
            if (atWork || overtaken) {
                throw PenstockException.busy(
                        "Another run is at work on " + intent.stage().id(),
                        intent.pipeline() + (intent.subject().isEmpty() ? "" : " " + intent.subject()));
            }
            lost.ifPresent(gone -> state.intents.put(gone.runId(), gone.withState("lost")));
            state.intents.put(intent.runId(), intent);
        }
    }

    @Override
    public int claim(String runId) {
        synchronized (state) {
            return state.attempts.merge(runId, 1, Integer::sum);
        }
    }

    @Override
    public void checkStillMine(String runId, int attempt) {
        synchronized (state) {
            int last = state.attempts.getOrDefault(runId, 0);
            if (last > attempt) {
                throw PenstockException.busy(
                        "Another process took this run over as attempt " + last + "; this is attempt " + attempt,
                        "run " + runId);
            }
        }
    }

    @Override
    public void finish(Intent intent, List<Manifest> manifests, List<LedgerEntry> ledger) {
        synchronized (state) {
            refuseIfLost(intent);
            Set<String> told =
                    state.manifests.stream().map(Manifest::runId).collect(Collectors.toCollection(HashSet::new));
            for (Manifest manifest : manifests) {
                if (!told.contains(manifest.runId())) {
                    int last = state.manifests.size() - 1;
                    state.manifests.add(manifest.chainedTo(
                            last < 0 ? "" : state.manifests.get(last).hash()));
                }
                own.add(manifest.runId());
            }
            Set<String> taken = state.ledger.stream().map(LedgerEntry::runId).collect(Collectors.toSet());
            ledger.stream().filter(entry -> !taken.contains(entry.runId())).forEach(state.ledger::add);
            state.intents.put(intent.runId(), intent.withState("done"));
        }
    }

    private void refuseIfLost(Intent intent) {
        Intent known = state.intents.get(intent.runId());
        if (known != null && known.state().equals("lost")) {
            throw PenstockException.busy("Another process gave this run up", "run " + intent.runId());
        }
    }

    @Override
    public void rebuildLedger(List<LedgerEntry> entries) {
        synchronized (state) {
            state.ledger.clear();
            state.ledger.addAll(entries);
        }
    }

    @Override
    public List<LedgerEntry> ledger() {
        synchronized (state) {
            return List.copyOf(state.ledger);
        }
    }

    @Override
    public Ledger ledgerNow() {
        List<LedgerEntry> now = ledger();
        return new Ledger(now.size(), () -> now);
    }

    @Override
    public void journal(Map<String, String> entry) {
        synchronized (state) {
            state.journal.add(new TreeMap<>(entry));
        }
    }

    @Override
    public List<Map<String, String>> journal() {
        synchronized (state) {
            return List.copyOf(state.journal);
        }
    }

    @Override
    public void metrics(List<MetricRow> rows) {
        synchronized (state) {
            Set<List<String>> there = state.metrics.stream()
                    .map(InMemoryManifestStore::key)
                    .collect(Collectors.toCollection(HashSet::new));
            rows.stream().filter(metric -> there.add(key(metric))).forEach(state.metrics::add);
        }
    }

    @Override
    public List<MetricRow> metrics() {
        synchronized (state) {
            return List.copyOf(state.metrics);
        }
    }

    private static List<String> key(MetricRow metric) {
        return Arrays.asList(metric.runId(), metric.stage(), metric.subject(), metric.unit(), metric.name());
    }
}

package io.penstock.core.history;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the pipeline has done so far and what it left unfinished, read from its manifests and open intents at one moment.
 * Immutable; the ledger of that moment is read when it is first asked for.
 */
public final class History {
    private record Key(Stage stage, String subject, UnitId unit) {}

    private record Job(Stage stage, String subject) {}

    private final List<ManifestHead> heads;
    private final Supplier<List<LedgerEntry>> ledger;
    private final List<Intent> open;
    private final Optional<BaseHistory> borrowing;
    private final Map<Key, ManifestHead> latest = new HashMap<>();
    private final TreeMap<UnitId, String> taken = new TreeMap<>();
    private final Map<Job, Map<String, Map<UnitId, Long>>> written = new HashMap<>();
    private Optional<Optional<String>> contradiction = Optional.empty();
    private Optional<List<LedgerEntry>> standing = Optional.empty();
    private Map<UnitId, List<ManifestHead>> ingestions;
    private final Map<ManifestHead, Set<String>> lookedAt = new IdentityHashMap<>();
    private final Map<UnitId, List<ManifestHead>> wholeFeatures = new HashMap<>();
    private final Map<ManifestHead, Integer> positions = new IdentityHashMap<>();
    private final Map<ManifestHead, Set<String>> views = new IdentityHashMap<>();

    public History(List<ManifestHead> heads, List<LedgerEntry> ledger, List<Intent> open) {
        this(heads, () -> ledger, open, Optional.empty());
    }

    /** @param ledger asked for when it is needed */
    History(
            List<ManifestHead> heads,
            Supplier<List<LedgerEntry>> ledger,
            List<Intent> open,
            Optional<BaseHistory> borrowing) {
        this.borrowing = borrowing;
        this.heads = heads;
        this.ledger = ledger;
        this.open = open;
        for (int i = 0; i < heads.size(); i++) {
            ManifestHead head = heads.get(i);
            latest.put(new Key(head.stage(), head.subject(), head.unit()), head);
            if (head.stage().equals(Stage.FEATURES)) {
                positions.put(head, i);
                if (head.subject().isEmpty()) {
                    wholeFeatures
                            .computeIfAbsent(head.unit(), unit -> new ArrayList<>())
                            .add(head);
                }
            }
        }
        TreeMap<UnitId, String> contents = new TreeMap<>();
        latest.forEach((key, head) -> {
            if (key.stage().equals(Stage.INGEST) && head.isDone()) {
                contents.put(key.unit(), head.inputContent());
            }
        });
        String chain = "";
        for (Map.Entry<UnitId, String> entry : contents.entrySet()) {
            chain = Hashes.sha256(chain + entry.getKey() + entry.getValue());
            taken.put(entry.getKey(), chain);
        }
    }

    /**
     * Manifests first: an intent that is closed after they were read is planned as nothing left to do. Three tables are not
     * read at one instant, and a driver may be paused between two of them: when a run has finished meanwhile, all are read
     * again, since its entries in one without those in another would look as if somebody had deleted them.
     */
    public static History of(ManifestStore store) {
        while (true) {
            List<ManifestHead> heads = store.heads();
            ManifestStore.Ledger ledger = store.ledgerNow();
            List<Intent> open = store.openIntents();
            boolean isOneMoment = store.ledgerNow().version() == ledger.version()
                    && store.heads().size() == heads.size();
            if (isOneMoment) {
                return new History(heads, ledger.entries(), open, Optional.empty());
            }
        }
    }

    /** The same with what is borrowed in its place. */
    public static History of(ManifestStore store, Optional<BaseHistory> borrowing) {
        History own = of(store);
        return borrowing.map(from -> from.with(own)).orElse(own);
    }

    /**
     * Refuses a schedule whose units are named otherwise than those that are done: the column {@code unit} of a table is
     * either a date or text, and names of both kinds have no common order.
     *
     * @throws PenstockException {@code PEN-CFG-071}
     */
    public void requireUnitsOf(Schedule schedule) {
        Stream.concat(
                        heads.stream().map(ManifestHead::unit).limit(1),
                        open.stream().flatMap(intent -> intent.units().stream()).limit(1))
                .filter(unit -> unit.isDate() == schedule.isWithinDay())
                .findFirst()
                .ifPresent(unit -> {
                    throw new PenstockException(
                            ErrorCode.UNITS_OF_OTHER_LENGTH,
                            "Cannot change between units of a day and units of hours: unit " + unit
                                    + " is done, and the pipeline's units are now " + schedule.dates(),
                            "schedule.every",
                            "Set schedule.every back, or give the pipeline another name: it begins with tables of its"
                                    + " own, and takes what landed so far in its first unit");
                });
    }

    List<ManifestHead> heads() {
        return heads;
    }

    List<Intent> open() {
        return open;
    }

    /** The environment whose results stand for the stage's own, if it is borrowed. */
    public Optional<String> borrowedFrom(Stage stage, String subject) {
        return borrowing.filter(from -> from.has(stage, subject)).map(BaseHistory::environment);
    }

    /** Units that another environment, from which this one borrows, has done a stage for. */
    public List<UnitId> doneElsewhere(Stage stage, String subject) {
        return borrowing.map(from -> from.base().doneUnits(stage, subject)).orElse(List.of());
    }

    /** All of them, whole, in commit order. */
    public List<Manifest> manifests() {
        return heads.parallelStream().map(head -> head.manifest().get()).toList();
    }

    /** Of one stage those that were done, the newest first, each parsed when it is reached. */
    public Stream<Manifest> newestDone(Stage stage, String subject) {
        return newest(stage, subject)
                .filter(ManifestHead::isDone)
                .map(head -> head.manifest().get());
    }

    /**
     * The same with the ledger as manifests tell it: their pins stand in the audit chain, the ledger's rows need not be
     * believed. Manifests from before they told it leave it as it is.
     */
    public History toldByManifests() {
        return new History(heads, this::projected, open, borrowing);
    }

    private List<LedgerEntry> projected() {
        try {
            return LedgerProjection.of(heads.parallelStream()
                    .filter(head -> head.stage().equals(Stage.INGEST))
                    .map(head -> head.manifest().get())
                    .toList());
        } catch (PenstockException e) {
            if (e.errorCode() == LedgerProjection.UNTOLD) {
                return ledger();
            }
            throw e;
        }
    }

    /** All that runs said of files, those of a unit that ran again since included. */
    public List<LedgerEntry> ledger() {
        return ledger.get();
    }

    /**
     * The ledger without what a run said of a unit that was done again since: of it nothing is in the tables any more. A run
     * that was refused leaves there what the one before brought, and so does one of a source that it did not know, because it
     * was taken out of the configuration. Units that a run did not finish are told in full.
     */
    public synchronized List<LedgerEntry> standing() {
        if (standing.isEmpty()) {
            Set<UnitId> unfinished = new HashSet<>();
            unfinished(Stage.INGEST, "").ifPresent(intent -> unfinished.addAll(intent.units()));
            standing = Optional.of(ledger().stream()
                    .filter(entry -> entry.state().equals("seen")
                            || unfinished.contains(entry.unit())
                            || isSaidLast(entry, ManifestHead::isDone))
                    .toList());
        }
        return standing.get();
    }

    /** Whether no later run of the unit, done or refused, looked at the source. */
    public synchronized boolean isSaidLast(LedgerEntry entry) {
        return isSaidLast(entry, head -> true);
    }

    /** Whether the entry says what the tables hold of the file: its run was done, and none that looked at the source since. */
    public synchronized boolean isInTables(LedgerEntry entry) {
        List<ManifestHead> runs = ingestions().getOrDefault(entry.unit(), List.of());
        int said = said(entry, runs);
        return said >= 0 && runs.get(said).isDone() && isSaidLast(entry, ManifestHead::isDone);
    }

    private static int said(LedgerEntry entry, List<ManifestHead> runs) {
        int said = runs.size() - 1;
        while (said >= 0 && !runs.get(said).runId().equals(entry.runId())) {
            said--;
        }
        return said;
    }

    private boolean isSaidLast(LedgerEntry entry, Predicate<ManifestHead> counts) {
        List<ManifestHead> runs = ingestions().get(entry.unit());
        if (runs == null) {
            return true;
        }
        int said = said(entry, runs);
        return said >= 0
                && runs.subList(said + 1, runs.size()).stream()
                        .noneMatch(later -> counts.test(later) && mayLookAt(later, entry.source()));
    }

    /** What ran again published all that its sources have of the unit, or was refused with what it says of their files. */
    private boolean mayLookAt(ManifestHead run, String source) {
        return lookedAt.computeIfAbsent(run, this::lookedAt).contains(source);
    }

    private Set<String> lookedAt(ManifestHead run) {
        return run.isDone()
                ? run.outputs().get().stream()
                        .filter(Pin.TablePin.class::isInstance)
                        .map(pin -> ((Pin.TablePin) pin).table().replaceFirst("^[^/]*/", ""))
                        .collect(Collectors.toSet())
                : ledger().stream()
                        .filter(entry -> entry.runId().equals(run.runId())
                                && entry.unit().equals(run.unit()))
                        .map(LedgerEntry::source)
                        .collect(Collectors.toSet());
    }

    private Map<UnitId, List<ManifestHead>> ingestions() {
        if (ingestions == null) {
            ingestions = heads.stream()
                    .filter(head ->
                            head.stage().equals(Stage.INGEST) && !head.runId().isEmpty()) // of a plan
                    .collect(Collectors.groupingBy(ManifestHead::unit));
        }
        return ingestions;
    }

    /** This history as a run found it that has finished since. */
    public History before(Manifest manifest) {
        int at = IntStream.range(0, heads.size())
                .filter(i -> heads.get(i).runId().equals(manifest.runId())
                        && heads.get(i).stage().equals(manifest.stage())
                        && heads.get(i).subject().equals(manifest.subject())
                        && heads.get(i).unit().equals(manifest.unit()))
                .findFirst()
                .orElse(heads.size());
        List<ManifestHead> then = heads.subList(0, at);
        Set<String> runs = then.stream().map(ManifestHead::runId).collect(Collectors.toSet());
        return new History(
                then,
                () -> ledger().stream()
                        .filter(entry -> runs.contains(entry.runId()))
                        .toList(),
                List.of(),
                borrowing);
    }

    public Optional<Manifest> latest(Stage stage, String subject, UnitId unit) {
        return head(stage, subject, unit).map(head -> head.manifest().get());
    }

    /**
     * The same as far as a plan decides by it, without parsing it. What the features' manifests of before said of all views
     * together counts as the manifest of each view that they wrote.
     */
    public Optional<ManifestHead> head(Stage stage, String subject, UnitId unit) {
        Optional<ManifestHead> own = Optional.ofNullable(latest.get(new Key(stage, subject, unit)));
        if (!stage.equals(Stage.FEATURES) || subject.isEmpty() || !wholeFeatures.containsKey(unit)) {
            return own;
        }
        List<ManifestHead> wholes = wholeFeatures.get(unit);
        for (int i = wholes.size() - 1; i >= 0; i--) {
            ManifestHead whole = wholes.get(i);
            if (own.isPresent() && positions.get(own.get()) > positions.get(whole)) {
                return own;
            }
            if (views(whole).contains(subject)) {
                return Optional.of(whole);
            }
        }
        return own;
    }

    /** The views, {@code <view>_v<n>}, that a features' manifest is of. */
    synchronized Set<String> views(ManifestHead features) {
        return features.subject().isEmpty()
                ? views.computeIfAbsent(
                        features, head -> subjects(head.manifest().get()))
                : Set.of(features.subject());
    }

    /** What a manifest is of: features were told of all their views together once. */
    public static Set<String> subjects(Manifest manifest) {
        return manifest.stage().equals(Stage.FEATURES) && manifest.subject().isEmpty()
                ? ViewFacts.DEFINITION.of(manifest).keySet()
                : Set.of(manifest.subject());
    }

    /** Whether the manifest is of the stage and subject; the features without a view are those of any. */
    private boolean isOf(ManifestHead head, Stage stage, String subject) {
        if (!head.stage().equals(stage)) {
            return false;
        }
        return head.subject().equals(subject)
                || stage.equals(Stage.FEATURES)
                        && (subject.isEmpty()
                                || head.subject().isEmpty() && views(head).contains(subject));
    }

    /** Manifests of the stage, whether done or refused, the newest first; those of all views where none is named. */
    public Stream<ManifestHead> newest(Stage stage, String subject) {
        return IntStream.rangeClosed(1, heads.size())
                .mapToObj(i -> heads.get(heads.size() - i))
                .filter(head -> isOf(head, stage, subject));
    }

    /** How many manifests share the time that the run of this one took for its unit. */
    public int sharing(ManifestHead head) {
        if (!head.stage().equals(Stage.FEATURES)) {
            return 1;
        }
        if (head.subject().isEmpty()) {
            return Math.max(1, views(head).size());
        }
        return (int) heads.stream()
                .filter(other -> other.stage().equals(Stage.FEATURES)
                        && other.runId().equals(head.runId())
                        && other.unit().equals(head.unit()))
                .count();
    }

    /** This history once the job has run for units with these input contents and none was refused. */
    public History after(StageDefinition job, Map<UnitId, String> contents) {
        List<ManifestHead> more = new ArrayList<>(heads);
        contents.forEach((unit, content) -> more.add(new ManifestHead(
                job.stage(),
                job.subject(),
                unit,
                "",
                Manifest.Status.DONE,
                job.recipe().sha256(),
                content,
                () -> notYet(job, unit),
                () -> notYet(job, unit))));
        return new History(more, ledger, open, borrowing);
    }

    private static <T> T notYet(StageDefinition job, UnitId unit) {
        throw new IllegalStateException("No manifest yet: " + job.stage().id() + " " + unit);
    }

    /** What a run of the stage began and did not finish. */
    public Optional<Intent> unfinished(Stage stage, String subject) {
        return open.stream()
                .filter(intent -> intent.stage().equals(stage))
                .filter(intent -> intent.subject().equals(subject)
                        || stage.equals(Stage.FEATURES) && intent.bases().containsKey("features/" + subject))
                .findFirst();
    }

    /**
     * Whether the ledger holds every file that finished ingestions say they took, and nothing of runs without manifest;
     * what an unfinished run may have left out is not looked at.
     *
     * @return the first contradiction
     */
    public synchronized Optional<String> contradiction() {
        if (contradiction.isEmpty()) {
            contradiction = Optional.of(contradicted());
        }
        return contradiction.get();
    }

    private Optional<String> contradicted() {
        Set<UnitId> unfinished = new HashSet<>();
        unfinished(Stage.INGEST, "").ifPresent(intent -> unfinished.addAll(intent.units()));
        List<Manifest> unlike = unlike(unfinished);
        if (!unlike.isEmpty()) {
            Set<List<String>> held = new HashSet<>();
            ledger().forEach(entry -> held.add(Arrays.asList(entry.source(), entry.path(), entry.sha256())));
            for (Manifest manifest : unlike) {
                for (Pin pin : manifest.inputs()) {
                    if (pin instanceof Pin.FilePin file
                            && !held.contains(Arrays.asList(file.source(), file.path(), file.sha256()))) {
                        return Optional.of("unit " + manifest.unit() + " took " + file.path()
                                + ", and the ledger does not hold it");
                    }
                }
            }
        }
        Set<String> runs = new HashSet<>();
        heads.forEach(head -> runs.add(head.runId()));
        return ledger().stream()
                .filter(entry -> !unfinished.contains(entry.unit()) && !runs.contains(entry.runId()))
                .map(entry ->
                        "the ledger holds " + entry.path() + " of run " + entry.runId() + ", which has no manifest")
                .findFirst();
    }

    /** Manifests that the ledger does not repeat to the letter, told by their content's hash, without parsing the others. */
    private List<Manifest> unlike(Set<UnitId> unfinished) {
        Map<Took, List<LedgerEntry>> byRun = new HashMap<>();
        Took took = new Took("", UnitId.MIN);
        List<LedgerEntry> entries = new ArrayList<>();
        for (LedgerEntry entry : ledger()) {
            if (!took.wrote(entry)) { // mostly the run before wrote the next, too
                took = new Took(entry.runId(), entry.unit());
                entries = byRun.computeIfAbsent(took, run -> new ArrayList<>());
            }
            entries.add(entry);
        }
        return heads.parallelStream()
                .filter(head -> head.stage().equals(Stage.INGEST) && head.isDone())
                .filter(head -> !unfinished.contains(head.unit()))
                .filter(head -> !contentOf(byRun.getOrDefault(new Took(head.runId(), head.unit()), List.of()).stream()
                                .filter(entry -> !entry.state().equals("seen"))
                                .map(entry ->
                                        new Pin.FilePin(entry.source(), entry.path(), entry.bytes(), entry.sha256()))
                                .toList())
                        .equals(head.inputContent()))
                .map(head -> head.manifest().get())
                .toList();
    }

    private record Took(String runId, UnitId unit) {
        boolean wrote(LedgerEntry entry) {
            return entry.unit().equals(unit) && entry.runId().equals(runId);
        }
    }

    /** Input content of an ingestion: a hash over the files that a unit takes. */
    public static String contentOf(List<Pin.FilePin> files) {
        return Hashes.sha256(files.stream()
                .map(file -> file.source() + " " + file.path() + " " + file.sha256())
                .sorted()
                .collect(Collectors.joining("\n")));
    }

    /** The version at which a table's last rows stand, as told by the units that still count; -1 before the first. */
    public long lastVersion(Stage stage, String subject, String table, Set<UnitId> except) {
        return written(stage, subject).getOrDefault(table, Map.of()).entrySet().stream()
                .filter(version -> !except.contains(version.getKey()))
                .mapToLong(Map.Entry::getValue)
                .max()
                .orElse(-1);
    }

    /** By table, the version at which each unit that still counts left it. */
    private synchronized Map<String, Map<UnitId, Long>> written(Stage stage, String subject) {
        return written.computeIfAbsent(new Job(stage, subject), job -> {
            Map<String, Map<UnitId, Long>> versions = new HashMap<>();
            latest.values().parallelStream()
                    .filter(head -> head.stage().equals(stage)
                            && (head.subject().equals(subject) || stage.equals(Stage.FEATURES)))
                    .map(head -> Map.entry(head.unit(), head.outputs().get()))
                    .toList()
                    .forEach(unit -> unit.getValue().forEach(pin -> {
                        if (pin instanceof Pin.TablePin table) {
                            versions.computeIfAbsent(table.table(), any -> new HashMap<>())
                                    .merge(unit.getKey(), table.version(), Math::max);
                        }
                    }));
            return versions;
        });
    }

    public Optional<Manifest> done(Stage stage, String subject, UnitId unit) {
        return latest(stage, subject, unit).filter(manifest -> manifest.status() == Manifest.Status.DONE);
    }

    /** Units for which the stage is done, in order; for the features of any view where none is named. */
    public List<UnitId> doneUnits(Stage stage, String subject) {
        boolean isOfViews = stage.equals(Stage.FEATURES) && !subject.isEmpty();
        return latest.values().stream()
                .filter(head ->
                        head.stage().equals(stage) && (head.subject().equals(subject) || stage.equals(Stage.FEATURES)))
                .filter(head -> isOfViews || head.isDone())
                .map(ManifestHead::unit)
                .distinct()
                .filter(unit -> !isOfViews
                        || head(stage, subject, unit)
                                .filter(ManifestHead::isDone)
                                .isPresent())
                .sorted()
                .toList();
    }

    /** Hash over everything that units up to and including this one took. */
    public String takenUpTo(UnitId unit) {
        Map.Entry<UnitId, String> entry = taken.floorEntry(unit);
        return entry == null ? "" : entry.getValue();
    }
}

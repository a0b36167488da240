package io.penstock.core.kernel;

import com.fasterxml.jackson.core.type.TypeReference;
import io.delta.kernel.engine.Engine;
import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.FaultPoint;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Worker;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.ControlTable.Batch;
import io.penstock.core.kernel.ControlTable.Column;
import io.penstock.core.kernel.ControlTable.TxnId;
import io.penstock.core.kernel.ControlTable.Type;
import io.penstock.core.kernel.ControlTable.View;
import io.penstock.core.storage.Storage;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * The control state as Delta tables below one folder: {@code intents}, {@code attempts}, {@code manifests}, {@code ledger},
 * {@code journal}, {@code metrics}. Plain columns are there for SQL; where a row has a {@code body} (canonical JSON), that
 * is what is read back.
 *
 * <p>How a second process is kept out: a new intent is committed only onto a version of {@code intents} on which no intent
 * of its stage and subject is open, and only while no manifest of theirs has come since this store last gave manifests
 * out, because the decision to run was taken on those. Intents are closed after their manifests, so there is no moment
 * between. Claims count up the Delta transaction {@code penstock/<run id>}; the manifests' chain counts up {@code
 * penstock/chain}, so that two runs never chain to the same manifest.
 */
public final class KernelManifestStore implements ManifestStore {
    private static final String CHAIN = "penstock/chain";

    /** Transactions of the manifests' table whose versions tell how other control tables ended. */
    private static final String MARK = "penstock/rows/";

    /** Columns by which people know a row. */
    private static final List<String> NAMING =
            List.of("at", "stage", "subject", "unit", "run_id", "source", "path", "model", "event", "version", "name");

    private final String pipeline;
    private final Clock clock;
    private final ControlTable intents;
    private final ControlTable attempts;
    private final ControlTable manifests;
    private final Supplier<ControlTable> newLedger;
    private ControlTable ledger;
    private final ControlTable journal;
    private final ControlTable metrics;

    private final Parsed<Manifest> parsedManifests = new Parsed<>(this::manifest);
    private ControlTable.Made<LedgerEntry> ledgerEntries;
    private final Parsed<Map<String, String>> parsedJournal = new Parsed<>(KernelManifestStore::journalEntry);
    private final Parsed<MetricRow> parsedMetrics = new Parsed<>(KernelManifestStore::metricRow);

    static final List<String> COLUMNS = List.of(
            "pipeline",
            "stage",
            "subject",
            "unit",
            "run_id",
            "status",
            "recipe",
            "input_content",
            "started",
            "finished",
            "actor",
            "previous",
            "hash",
            "body");

    /** What of a manifest is read: the columns a plan decides by, and the whole as text. */
    private static final List<String> HEAD =
            List.of("stage", "subject", "unit", "run_id", "status", "recipe", "input_content", "body");

    static final List<Column> LEDGER_COLUMNS = plus(
            strings("pipeline", "source", "path", "file_id", "sha256", "state", "unit", "run_id", "reason"),
            new Column("bytes", Type.LONG),
            new Column("rows_in", Type.LONG),
            new Column("rows_out", Type.LONG),
            new Column("modified", Type.LONG));

    /** What of the ledger is read: all but the pipeline, which is the same in all rows. */
    private static final List<String> LEDGER = LEDGER_COLUMNS.stream()
            .map(Column::name)
            .filter(name -> !name.equals("pipeline"))
            .toList();

    /** What of an intent is read: all but its body, which names every file that it takes. */
    private static final List<String> STATES = List.of(
            "stage", "subject", "run_id", "state", "first_unit", "last_unit", "opened", "host", "process", "actor");

    private static final TypeReference<List<Pin>> PINS = new TypeReference<>() {};

    /** Days by their text, few of which are new. */
    private final Map<String, UnitId> days = new ConcurrentHashMap<>();

    private final Set<String> own = new HashSet<>();
    private Optional<Integer> seen = Optional.empty();

    /** On a disk; what a configuration names may lie elsewhere and is reached by {@link #of}. */
    public KernelManifestStore(String opsRoot, String pipeline, Clock clock) {
        this(opsRoot, pipeline, clock, new Configuration());
    }

    /** The control state of a pipeline, reached as its configuration says. */
    public static KernelManifestStore of(PipelineConfig config, Clock clock) {
        return new KernelManifestStore(config.ops(), config.pipeline(), clock, Storage.configuration(config));
    }

    /** @param hadoop how the file system of {@code opsRoot} is reached, for example a Spark session's */
    public KernelManifestStore(String opsRoot, String pipeline, Clock clock, Configuration hadoop) {
        this.pipeline = pipeline;
        this.clock = clock;
        Engine engine = ControlEngine.of(hadoop);
        String root = opsRoot.replaceAll("/+$", "");
        BiFunction<String, List<Column>, ControlTable> table =
                (name, columns) -> new ControlTable(engine, root + "/" + name, columns, clock, hadoop);
        this.intents = table.apply(
                "intents",
                plus(
                        strings(
                                "pipeline",
                                "stage",
                                "subject",
                                "run_id",
                                "state",
                                "recipe",
                                "first_unit",
                                "last_unit",
                                "opened",
                                "body",
                                "host",
                                "actor"),
                        new Column("process", Type.LONG)));
        this.attempts = table.apply(
                "attempts",
                plus(
                        strings("pipeline", "run_id", "claimed", "host", "actor"),
                        new Column("attempt", Type.INT),
                        new Column("process", Type.LONG)));
        this.manifests = table.apply("manifests", strings(COLUMNS.toArray(String[]::new)));
        this.newLedger = () -> table.apply("ledger", LEDGER_COLUMNS);
        beginLedger();
        this.journal = table.apply("journal", strings("pipeline", "at", "model", "event", "version", "body"));
        this.metrics = table.apply(
                "metrics",
                plus(
                        strings("pipeline", "stage", "subject", "unit", "run_id", "name"),
                        new Column("value", Type.DOUBLE)));
    }

    @Override
    public synchronized List<Manifest> manifests() {
        List<Manifest> result = parsedManifests.of(manifests.rows(HEAD));
        seen = Optional.of(result.size());
        return result;
    }

    private Manifest manifest(Map<String, Object> row) {
        try {
            Manifest manifest = Json.read(text(row, "body"), Manifest.class);
            if (manifest.stage() != null && manifest.unit() != null && manifest.runId() != null) {
                return manifest;
            }
        } catch (IllegalArgumentException e) {
            throw unreadable(row, e);
        }
        throw unreadable(row, null);
    }

    private static List<Pin> outputs(Map<String, Object> row) {
        try {
            return Json.readField(text(row, "body"), "outputs", PINS).orElseThrow(() -> unreadable(row, null));
        } catch (IllegalArgumentException e) {
            throw unreadable(row, e);
        }
    }

    private static PenstockException unreadable(Map<String, Object> row, Exception cause) {
        return unreadable(
                "A manifest cannot be read: that of " + row.get("stage") + " " + row.get("unit") + ", run "
                        + row.get("run_id"),
                "ops/manifests",
                cause);
    }

    /** The newest format of the control tables as they are; empty before the first run. */
    public synchronized Optional<Integer> format() {
        return tables().values().stream()
                .flatMap(table -> table.format().stream())
                .max(Comparator.naturalOrder());
    }

    /** By control table, the columns that a write by this version would add. */
    public synchronized Map<String, List<String>> addedColumns() {
        Map<String, List<String>> added = new LinkedHashMap<>();
        tables().forEach((name, table) -> {
            if (!table.addedColumns().isEmpty()) {
                added.put("ops/" + name, table.addedColumns());
            }
        });
        return added;
    }

    private Map<String, ControlTable> tables() {
        Map<String, ControlTable> tables = new LinkedHashMap<>();
        tables.put("intents", intents);
        tables.put("attempts", attempts);
        tables.put("manifests", manifests);
        tables.put("ledger", ledger);
        tables.put("journal", journal);
        tables.put("metrics", metrics);
        return tables;
    }

    @Override
    public synchronized List<Edit> edits() {
        List<Edit> edits = new ArrayList<>();
        broken("manifests", manifests, 0).ifPresent(edits::add);
        Map<String, Long> marks =
                new LinkedHashMap<>(); // before the tables that they speak of: these may grow meanwhile
        marked().keySet().forEach(name -> marks.put(name, manifests.lastTxnVersion(MARK + name)));
        marked().forEach((name, table) -> broken(name, table, marks.get(name)).ifPresent(edits::add));
        broken("ledger", ledger, 0).ifPresent(edits::add);
        return edits;
    }

    private static Optional<Edit> broken(String name, ControlTable table, long mark) {
        return table.broken(mark).map(found -> new Edit("ops/" + name, found.position(), told(found)));
    }

    private static String told(ControlTable.Broken found) {
        String row = NAMING.stream()
                .map(found.row()::get)
                .filter(value -> value != null && !value.equals(""))
                .map(Object::toString)
                .collect(Collectors.joining(" "));
        return "row " + found.position() + (row.isEmpty() ? "" : " (" + row + ")") + ": " + found.message();
    }

    /**
     * Tables whose ends manifests tell of, so that none is taken away as a whole, or put back as it was once. The ledger may
     * be made again: manifests say what is in it.
     */
    private Map<String, ControlTable> marked() {
        Map<String, ControlTable> tables = new TreeMap<>();
        tables.put("intents", intents);
        tables.put("attempts", attempts);
        tables.put("journal", journal);
        tables.put("metrics", metrics);
        return tables;
    }

    private List<TxnId> marks(View view) {
        return marked().entrySet().stream()
                .map(table -> new TxnId(MARK + table.getKey(), table.getValue().knownHead()))
                .filter(mark -> mark.version() > view.lastTxnVersion(mark.appId()))
                .toList();
    }

    @Override
    public synchronized List<Integer> contradicted() {
        List<Map<String, Object>> stored = manifests.rows(COLUMNS);
        return IntStream.range(0, stored.size())
                .parallel()
                .filter(i -> {
                    Map<String, Object> told = stored.get(i);
                    Map<String, Object> expected = manifestColumns(parsedManifests.of(told));
                    expected.put("hash", Hashes.sha256(text(told, "body")));
                    expected.put("body", Json.canonical(parsedManifests.of(told)));
                    return !expected.entrySet().stream()
                            .allMatch(column -> Objects.equals(column.getValue(), told.get(column.getKey())));
                })
                .boxed()
                .sorted()
                .toList();
    }

    @Override
    public synchronized List<ManifestHead> heads() {
        List<ManifestHead> result = manifests.rows(HEAD).stream()
                .map(row -> new ManifestHead(
                        new Stage(text(row, "stage")),
                        text(row, "subject"),
                        days.computeIfAbsent(text(row, "unit"), UnitId::parse),
                        text(row, "run_id"),
                        Manifest.Status.valueOf(text(row, "status")),
                        text(row, "recipe"),
                        text(row, "input_content"),
                        () -> outputs(row),
                        () -> parsedManifests.of(row)))
                .toList();
        seen = Optional.of(result.size());
        return result;
    }

    @Override
    public List<Intent> openIntents() {
        boolean isAny = latestIntents(intents.rows(STATES)).stream()
                .anyMatch(row -> text(row, "state").equals("open"));
        if (!isAny) {
            return List.of();
        }
        return latestIntents(intents.rows()).stream()
                .filter(row -> text(row, "state").equals("open"))
                .map(KernelManifestStore::intent)
                .toList();
    }

    @Override
    public Set<String> lostRuns() {
        return runs("lost");
    }

    @Override
    public Set<String> doneRuns() {
        return runs("done");
    }

    private Set<String> runs(String state) {
        return latestIntents(intents.rows(STATES)).stream()
                .filter(row -> text(row, "state").equals(state))
                .map(row -> text(row, "run_id"))
                .collect(Collectors.toSet());
    }

    private static Intent intent(Map<String, Object> row) {
        try {
            return IntentBody.read(text(row, "body"));
        } catch (IllegalArgumentException | DateTimeException | NullPointerException e) {
            throw unreadable(
                    "An intent cannot be read: that of " + row.get("stage") + ", run " + row.get("run_id"),
                    "ops/intents",
                    e);
        }
    }

    private static PenstockException unreadable(String what, String table, Exception cause) {
        return new PenstockException(
                ErrorCode.AUDIT_CHAIN_BROKEN, what, table, "Somebody edited it: restore the table from a copy", cause);
    }

    @Override
    public void open(Intent intent) {
        open(intent, Optional.empty());
    }

    @Override
    public void openInstead(Intent intent, Intent lost) {
        open(intent, Optional.of(lost));
    }

    private synchronized void open(Intent intent, Optional<Intent> lost) {
        String given = lost.map(Intent::runId).orElse("");
        String appId = "penstock/" + intent.stage().id() + "/" + intent.subject();
        long[] first = {-1};
        intents.commit(view -> {
            Collection<Map<String, Object>> latest = latestIntents(view.rows(STATES.toArray(String[]::new)));
            for (Map<String, Object> row : latest) {
                boolean isOpen = text(row, "state").equals("open");
                boolean inTheWay = text(row, "run_id").equals(given)
                        ? !isOpen
                        : text(row, "run_id").equals(intent.runId()) || isSame(row, intent) && isOpen;
                if (inTheWay) {
                    throw busyOpening(intent, latest);
                }
            }
            long last = view.lastTxnVersion(appId);
            if (first[0] >= 0 && last != first[0]) { // opened, and closed again, while this one tried
                throw busyOpening(intent, latest);
            }
            first[0] = last;
            refuseIfOvertaken(intent);
            List<Map<String, Object>> rows = new ArrayList<>();
            lost.ifPresent(gone -> rows.add(intentRow(gone.withState("lost"))));
            rows.add(intentRow(intent));
            return new Batch(rows, Optional.of(new TxnId(appId, last + 1)));
        });
    }

    /** Looks at the manifests after the intents: an intent that is closed by now has left its manifests. */
    private void refuseIfOvertaken(Intent intent) {
        if (seen.isEmpty()) {
            return;
        }
        List<Map<String, Object>> now = manifests.rows(HEAD);
        for (Map<String, Object> row : now.subList(Math.min(seen.get(), now.size()), now.size())) {
            if (isSame(row, intent) && !own.contains(text(row, "run_id"))) {
                throw busy(
                        "Another run has done " + intent.name() + " meanwhile: " + told(text(row, "run_id"), intent),
                        intent);
            }
        }
    }

    /** An intent without subject is of all that its stage works on, each of which may have manifests of its own. */
    private static boolean isSame(Map<String, Object> row, Intent intent) {
        return text(row, "stage").equals(intent.stage().id())
                && (intent.subject().isEmpty() || text(row, "subject").equals(intent.subject()));
    }

    /** Of the runs of the stage the last one is at work, or was a moment ago. */
    private PenstockException busyOpening(Intent intent, Collection<Map<String, Object>> latest) {
        String other = latest.stream()
                .filter(row -> isSame(row, intent) && !text(row, "run_id").equals(intent.runId()))
                .reduce((one, next) -> next)
                .map(row -> told(text(row, "run_id"), intent))
                .orElse("run " + intent.runId());
        return busy("Another run is at work on " + intent.name() + ": " + other, intent);
    }

    private static PenstockException busy(String what, Intent intent) {
        return PenstockException.busy(
                what, intent.pipeline() + (intent.subject().isEmpty() ? "" : " " + intent.subject()));
    }

    private String told(String runId, Intent intent) {
        return told(runId, intent.name());
    }

    /**
     * The other run that this process has to wait for: its units, who works on it, where, since when. This process may have
     * claimed it, too, a moment ago and in vain: the last claim of another process is the one to name.
     */
    private String told(String runId, String otherwise) {
        Optional<Map<String, Object>> intent = latestOf(intents.rows(STATES), runId);
        List<Map<String, Object>> claims = attempts.rows();
        Optional<Map<String, Object>> attempt = latestOf(
                        claims.stream().filter(row -> !isHere(row)).toList(), runId)
                .or(() -> intent.filter(row -> !isHere(row)))
                .or(() -> latestOf(claims, runId));
        String what = intent.map(row -> (text(row, "stage") + " " + text(row, "subject")).trim() + " "
                        + (text(row, "first_unit").equals(text(row, "last_unit"))
                                ? text(row, "first_unit")
                                : text(row, "first_unit") + " … " + text(row, "last_unit")))
                .orElse(otherwise);
        String who = attempt.or(() -> intent)
                .filter(row -> row.get("process") != null)
                .map(row -> ", by " + new Worker(text(row, "host"), (Long) row.get("process"), text(row, "actor")))
                .orElse("");
        String since = attempt.map(row -> text(row, "claimed"))
                .or(() -> intent.map(row -> text(row, "opened")))
                .map(at -> ", since " + at)
                .orElse("");
        return "run " + runId + " of " + what + who + since;
    }

    private static boolean isHere(Map<String, Object> row) {
        return Worker.here().host().equals(row.get("host"))
                && Long.valueOf(Worker.here().process()).equals(row.get("process"));
    }

    private static void sign(Map<String, Object> row) {
        row.put("host", Worker.here().host());
        row.put("process", Worker.here().process());
        row.put("actor", Worker.here().actor());
    }

    @Override
    public int claim(String runId) {
        String appId = "penstock/" + runId;
        Fence fence = new Fence(
                appId,
                () -> PenstockException.busy(
                        "Another process claimed this run first: " + told(runId, ""), "run " + runId));
        int[] claimed = new int[1];
        attempts.commit(view -> {
            claimed[0] = (int) fence.check(view) + 1;
            Instant now = clock.now();
            Map<String, Object> row = row(year(now));
            row.put("run_id", runId);
            row.put("claimed", now.toString());
            row.put("attempt", claimed[0]);
            sign(row);
            return new Batch(List.of(row), Optional.of(new TxnId(appId, claimed[0])));
        });
        return claimed[0];
    }

    @Override
    public void checkStillMine(String runId, int attempt) {
        long last = attempts.lastTxnVersion("penstock/" + runId);
        if (last > attempt) {
            throw PenstockException.busy(
                    "Another process took this run over as attempt " + last + ", and this is attempt " + attempt + ": "
                            + told(runId, ""),
                    "run " + runId);
        }
    }

    @Override
    public synchronized void finish(Intent intent, List<Manifest> finished, List<LedgerEntry> entries) {
        refuseIfLost(intents.rows(STATES), intent);
        manifests.commit(view -> {
            List<Map<String, Object>> before = view.rows("run_id", "hash");
            Set<String> there = runIds(before);
            String previous = before.isEmpty() ? "" : text(before.get(before.size() - 1), "hash");
            List<Map<String, Object>> rows = new ArrayList<>();
            for (Manifest manifest : finished) {
                if (!there.contains(manifest.runId())) {
                    Manifest chained = manifest.chainedTo(previous);
                    previous = chained.hash();
                    rows.add(manifestRow(chained, previous));
                }
            }
            return new Batch(rows, Optional.of(new TxnId(CHAIN, view.lastTxnVersion(CHAIN) + 1)), marks(view));
        });
        finished.forEach(manifest -> own.add(manifest.runId()));
        FaultPoint.reached(intent, "manifests written");
        if (!entries.isEmpty()) {
            ledger.commit(view -> {
                Set<String> there = view.rows(ledgerEntries).stream()
                        .map(LedgerEntry::runId)
                        .collect(Collectors.toSet());
                return Batch.of(entries.stream()
                        .filter(entry -> !there.contains(entry.runId()))
                        .map(this::ledgerRow)
                        .toList());
            });
        }
        FaultPoint.reached(intent, "ledger written");
        closeAsDone(intent);
    }

    private void closeAsDone(Intent intent) {
        intents.commit(view -> {
            List<Map<String, Object>> states = view.rows(STATES.toArray(String[]::new));
            refuseIfLost(states, intent);
            boolean closed = latestOf(states, intent.runId())
                    .filter(row -> !text(row, "state").equals("open"))
                    .isPresent();
            return closed ? Batch.nothing() : Batch.of(List.of(intentRow(intent.withState("done"))));
        });
    }

    private void refuseIfLost(List<Map<String, Object>> rows, Intent intent) {
        latestOf(rows, intent.runId())
                .filter(row -> text(row, "state").equals("lost"))
                .ifPresent(row -> {
                    throw PenstockException.busy(
                            "Another process gave this run up: " + told(intent.runId(), intent),
                            "run " + intent.runId());
                });
    }

    @Override
    public List<LedgerEntry> ledger() {
        return ledgerEntries.latest();
    }

    @Override
    public Ledger ledgerNow() {
        ControlTable.Made<LedgerEntry>.Then now = ledgerEntries.now();
        return new Ledger(now.version(), now::rows);
    }

    @Override
    public synchronized void rebuildLedger(List<LedgerEntry> entries) {
        ledger.setAside();
        beginLedger();
        ledger.append(entries.stream().map(this::ledgerRow).toList());
    }

    private void beginLedger() {
        ledger = newLedger.get();
        ledgerEntries = ledger.made(LEDGER, this::ledgerEntry);
    }

    @Override
    public void journal(Map<String, String> entry) {
        Map<String, Object> row = row(year(entry.get("at")));
        for (String name : List.of("at", "model", "event", "version")) {
            row.put(name, entry.get(name));
        }
        row.put("body", Json.canonical(entry));
        journal.append(List.of(row));
    }

    @Override
    public List<Map<String, String>> journal() {
        return parsedJournal.of(journal.rows());
    }

    @Override
    public void metrics(List<MetricRow> rows) {
        metrics.commit(view -> {
            Set<List<String>> there = parsedMetrics.of(view.rows()).stream()
                    .map(KernelManifestStore::key)
                    .collect(Collectors.toCollection(HashSet::new));
            return Batch.of(rows.stream()
                    .filter(metric -> there.add(key(metric)))
                    .map(this::metricRow)
                    .toList());
        });
    }

    @Override
    public List<MetricRow> metrics() {
        return parsedMetrics.of(metrics.rows());
    }

    private static List<String> key(MetricRow metric) {
        return Arrays.asList(metric.runId(), metric.stage(), metric.subject(), metric.unit(), metric.name());
    }

    private Map<String, Object> intentRow(Intent intent) {
        Map<String, Object> row = row(year(intent.opened()));
        row.put("stage", intent.stage().id());
        row.put("subject", intent.subject());
        row.put("run_id", intent.runId());
        row.put("state", intent.state());
        row.put("recipe", intent.recipe());
        List<UnitId> units = intent.units().stream().sorted().toList();
        row.put("first_unit", units.isEmpty() ? null : units.get(0).toString());
        row.put(
                "last_unit",
                units.isEmpty() ? null : units.get(units.size() - 1).toString());
        row.put("opened", intent.opened().toString());
        row.put("body", Json.canonical(intent));
        sign(row);
        return row;
    }

    private Map<String, Object> manifestRow(Manifest manifest, String hash) {
        Map<String, Object> row = manifestColumns(manifest);
        row.put("year", manifest.unit().date().getYear());
        row.put("hash", hash);
        row.put("body", Json.canonical(manifest));
        return row;
    }

    private Map<String, Object> manifestColumns(Manifest manifest) {
        Map<String, Object> row = new HashMap<>();
        row.put("pipeline", pipeline);
        row.put("stage", manifest.stage().id());
        row.put("subject", manifest.subject());
        row.put("unit", manifest.unit().toString());
        row.put("run_id", manifest.runId());
        row.put("status", manifest.status().name());
        row.put("recipe", manifest.recipe());
        row.put("input_content", manifest.inputContent());
        row.put("started", Objects.toString(manifest.started(), null));
        row.put("finished", Objects.toString(manifest.finished(), null));
        row.put("actor", manifest.actor());
        row.put("previous", manifest.previous());
        return row;
    }

    private Map<String, Object> ledgerRow(LedgerEntry entry) {
        Map<String, Object> row = row(entry.unit().date().getYear());
        row.put("source", entry.source());
        row.put("path", entry.path());
        row.put("file_id", entry.fileId());
        row.put("bytes", entry.bytes());
        row.put("sha256", entry.sha256());
        row.put("state", entry.state());
        row.put("unit", entry.unit().toString());
        row.put("run_id", entry.runId());
        row.put("modified", entry.modified());
        row.put("rows_in", entry.rowsIn());
        row.put("rows_out", entry.rowsOut());
        row.put("reason", entry.reason());
        return row;
    }

    private LedgerEntry ledgerEntry(Map<String, Object> row) {
        try {
            return entryOf(row);
        } catch (DateTimeException | NullPointerException e) {
            throw new PenstockException(
                    ErrorCode.AUDIT_CHAIN_BROKEN,
                    "An entry of the ledger cannot be read: that of " + row.get("path") + ", unit " + row.get("unit")
                            + ", run " + row.get("run_id"),
                    "ops/ledger",
                    "Somebody edited it: penstock files " + pipeline + " --rebuild makes it again from the manifests",
                    e);
        }
    }

    private LedgerEntry entryOf(Map<String, Object> row) {
        return new LedgerEntry(
                text(row, "source"),
                text(row, "path"),
                text(row, "file_id"),
                (Long) row.get("bytes"),
                Objects.requireNonNullElse((Long) row.get("modified"), 0L),
                text(row, "sha256"),
                text(row, "state"),
                days.computeIfAbsent(text(row, "unit"), UnitId::parse),
                text(row, "run_id"),
                (Long) row.get("rows_in"),
                (Long) row.get("rows_out"),
                text(row, "reason"));
    }

    private static Map<String, String> journalEntry(Map<String, Object> row) {
        Map<String, String> entry = new TreeMap<>();
        try {
            Json.readMap(text(row, "body")).forEach((key, value) -> entry.put(key, Objects.toString(value, null)));
        } catch (IllegalArgumentException | NullPointerException e) {
            throw unreadable(
                    "An entry of the journal cannot be read: that of " + row.get("model") + " at " + row.get("at"),
                    "ops/journal",
                    e);
        }
        return entry;
    }

    private Map<String, Object> metricRow(MetricRow metric) {
        Map<String, Object> row = row(year(metric.unit()));
        row.put("stage", metric.stage());
        row.put("subject", metric.subject());
        row.put("unit", metric.unit());
        row.put("run_id", metric.runId());
        row.put("name", metric.name());
        row.put("value", metric.value());
        return row;
    }

    private static MetricRow metricRow(Map<String, Object> row) {
        return new MetricRow(
                text(row, "stage"),
                text(row, "subject"),
                text(row, "unit"),
                text(row, "run_id"),
                text(row, "name"),
                (Double) row.get("value"));
    }

    private Map<String, Object> row(int year) {
        Map<String, Object> row = new HashMap<>();
        row.put("pipeline", pipeline);
        row.put("year", year);
        return row;
    }

    private static int year(Instant at) {
        return at.atZone(ZoneOffset.UTC).getYear();
    }

    /** The year of an ISO date or instant, 0 where there is none: only where the row is stored depends on it. */
    private static int year(String iso) {
        return iso != null && iso.matches("\\d{4}-.*") ? Integer.parseInt(iso.substring(0, 4)) : 0;
    }

    private static Set<String> runIds(List<Map<String, Object>> rows) {
        return rows.stream().map(row -> text(row, "run_id")).collect(Collectors.toSet());
    }

    /** The last row of every run, in the order in which the runs were opened. */
    private static Collection<Map<String, Object>> latestIntents(List<Map<String, Object>> rows) {
        Map<String, Map<String, Object>> latest = new LinkedHashMap<>();
        rows.forEach(row -> latest.put(text(row, "run_id"), row));
        return latest.values();
    }

    private static Optional<Map<String, Object>> latestOf(List<Map<String, Object>> rows, String runId) {
        return rows.stream().filter(row -> text(row, "run_id").equals(runId)).reduce((first, second) -> second);
    }

    private static String text(Map<String, Object> row, String column) {
        return (String) row.get(column);
    }

    private static List<Column> strings(String... names) {
        return Arrays.stream(names).map(name -> new Column(name, Type.STRING)).toList();
    }

    private static List<Column> plus(List<Column> columns, Column... more) {
        List<Column> all = new ArrayList<>(columns);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }

    /** Refuses when an application's transaction moved between the first look and a later one of the same commit. */
    private static final class Fence {
        private final String appId;
        private final Supplier<PenstockException> refusal;
        private long first = -1;

        Fence(String appId, Supplier<PenstockException> refusal) {
            this.appId = appId;
            this.refusal = refusal;
        }

        long check(View view) {
            long last = view.lastTxnVersion(appId);
            if (first >= 0 && last != first) {
                throw refusal.get();
            }
            first = last;
            return last;
        }
    }

    /** What rows mean, parsed once per row however often a table is read. */
    private static final class Parsed<T> {
        private final Function<Map<String, Object>, T> parse;
        private final Map<Object, T> bySeq = new ConcurrentHashMap<>();
        private List<Map<String, Object>> rows = List.of();
        private List<T> parsed = List.of();

        Parsed(Function<Map<String, Object>, T> parse) {
            this.parse = parse;
        }

        T of(Map<String, Object> row) {
            Object seq = row.get("seq");
            return seq == null ? parse.apply(row) : bySeq.computeIfAbsent(seq, any -> parse.apply(row));
        }

        synchronized List<T> of(List<Map<String, Object>> latest) {
            if (latest != rows) {
                parsed = latest.parallelStream().map(this::of).toList();
                rows = latest;
            }
            return parsed;
        }
    }
}

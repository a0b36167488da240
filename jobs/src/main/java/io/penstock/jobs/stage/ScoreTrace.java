package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.history.History;
import io.penstock.core.history.Recipes;
import io.penstock.features.UsedRows;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.jobs.run.StageContext;
import io.penstock.lineage.KeptOut;
import io.penstock.lineage.Trace;
import io.penstock.lineage.TracedModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Reads what a {@link Trace} of one scored row needs: the row, the rows of bronze that it used, and what was rejected. */
public final class ScoreTrace {
    /** The layer of views. */
    private static final String FEATURES = "features/";

    private static final String UNTOLD = ErrorCode.DEFINITIONS_CHANGED_SINCE
            + " Not told: the score's views, its spine, or keys or modes of its sources were defined otherwise than the"
            + " configuration has them now, or what they were is not kept; give trace the configuration of the commit"
            + " below (--conf-dir)";

    private static final String NOT_TOLD_THEN = ErrorCode.FILES_UNKNOWN_TO_MANIFESTS
            + " Not told: manifests of ingestion are from before they told what became of each file";

    private final StageContext work;
    private final ModelSpec model;
    private final Map<String, String> key;

    /** @param key a value for each key column of the spine; {@code unit} narrows it */
    public ScoreTrace(StageContext work, ModelSpec model, Map<String, String> key) {
        this.work = work;
        this.model = model;
        this.key = key;
    }

    /**
     * @throws PenstockException {@code PEN-CFG-032} when the key is not that of the scores, {@code PEN-CFG-033} when no row
     *     has it, {@code PEN-TAB-007} when no manifest is of its unit
     */
    public Trace read() {
        PipelineConfig config = work.config();
        History history = work.history().toldByManifests();
        Map<String, Object> row = row();
        Unit unit = config.schedule().unit(UnitId.parse(String.valueOf(row.get("unit"))));
        Manifest scored = history.done(Stage.SCORE, model.name(), unit.id())
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.FOREIGN_COMMIT,
                        "No manifest for the scores of " + unit,
                        Tables.scores(model),
                        "Run: penstock status " + config.pipeline()));
        History then = history.before(scored);
        Map<String, Manifest> features = features(new ScoreDefinition(config, model).views(), scored, then);
        Map<String, Long> versions = Trace.versions(Stream.of(
                        features.values().stream().flatMap(made -> made.inputs().stream()),
                        scored.inputs().stream(),
                        scored.outputs().stream())
                .flatMap(pins -> pins));
        return Trace.of(
                row,
                unit.cut().toString(),
                scored,
                TracedModel.of(scored, history).orElse(null),
                versions,
                isDefinedStill(config, model, features, scored, then)
                        ? files(history, then, unit, versions)
                        : new Trace.Files(null, UNTOLD, null, null));
    }

    private Trace.Files files(History history, History then, Unit unit, Map<String, Long> versions) {
        Optional<List<KeptOut.File>> keptOut = keptOut(work, then, model, unit);
        return new Trace.Files(
                files(history, unit, versions), null, keptOut.orElse(null), keptOut.isPresent() ? null : NOT_TOLD_THEN);
    }

    /** The views that were scored, each as it was made last when the scores were, though it may have been made again since. */
    private static Map<String, Manifest> features(Set<String> views, Manifest scored, History then) {
        Map<String, Long> pinned = Trace.versions(scored.inputs().stream());
        Map<String, Manifest> features = new TreeMap<>();
        views.forEach(view -> then.newest(Stage.FEATURES, view)
                .filter(made -> made.isDone() && made.unit().equals(scored.unit()))
                .filter(made -> made.outputs().get().stream()
                        .noneMatch(pin -> pin instanceof Pin.TablePin table
                                && table.version() > pinned.getOrDefault(table.table(), Long.MAX_VALUE)))
                .map(made -> made.manifest().get())
                .findFirst()
                .ifPresent(made -> features.put(view, made)));
        return features;
    }

    /** @param then what the scoring found done */
    private static boolean isDefinedStill(
            PipelineConfig config, ModelSpec model, Map<String, Manifest> features, Manifest scored, History then) {
        Map<String, String> made = new TreeMap<>();
        features.forEach((view, manifest) -> recipe(config, manifest).ifPresent(recipe -> made.put(view, recipe)));
        Set<String> pinned = scored.inputs().stream()
                .filter(pin ->
                        pin instanceof Pin.TablePin table && table.table().startsWith(FEATURES))
                .map(pin -> ((Pin.TablePin) pin).table().substring(FEATURES.length()))
                .collect(Collectors.toSet());
        Optional<String> taken =
                then.done(Stage.INGEST, "", scored.unit()).flatMap(manifest -> recipe(config, manifest));
        Optional<String> asked = recipe(config, scored);
        return taken.isPresent()
                && asked.isPresent()
                && new ScoreDefinition(config, model).isStill(pinned, made, taken.get(), asked.get());
    }

    /** By which a stage ran: the configuration's own still, or one that is kept, here or where it was borrowed from. */
    private static Optional<String> recipe(PipelineConfig config, Manifest manifest) {
        return Stages.jobs(config, List.of()).stream()
                .flatMap(job -> Stream.concat(Stream.of(job.recipe()), job.former().stream()))
                .filter(recipe -> recipe.sha256().equals(manifest.recipe()))
                .map(Recipe::json)
                .findFirst()
                .or(() -> Recipes.of(config).find(manifest.recipe()));
    }

    private List<Trace.UsedFile> files(History history, Unit unit, Map<String, Long> versions) {
        Dataset<Row> used = UsedRows.of(work.config(), model, unit, key, source -> {
            String bronze = Tables.bronze(source);
            return work.tables()
                    .read(bronze, versions.getOrDefault(bronze, work.tables().version(bronze)));
        });
        Map<String, Long> rowsByFile = new TreeMap<>();
        for (Row file : used.groupBy("_file_id").count().collectAsList()) {
            rowsByFile.put(file.getString(0), file.getLong(1));
        }
        return Trace.files(rowsByFile, history.ledger(), source -> latest(source, history));
    }

    private static Map<String, LedgerEntry> latest(String source, History history) {
        return LedgerLookup.latest(history.standing().stream()
                .filter(entry -> entry.source().equals(source))
                .toList());
    }

    /** @param then what the scoring found done */
    private static Optional<List<KeptOut.File>> keptOut(
            StageContext session, History then, ModelSpec model, Unit unit) {
        PipelineConfig config = session.config();
        Map<String, SourceSpec.Mode> sources = new TreeMap<>();
        Stream.concat(
                        Stream.of(model.spine().from()),
                        model.views().stream()
                                .map(view -> config.features().get(view).from()))
                .forEach(source -> sources.put(source, config.source(source).mode()));
        try {
            return Optional.of(KeptOut.of(then, sources, unit.id(), source -> rejects(session, then, source)));
        } catch (PenstockException e) {
            if (e.errorCode() == ErrorCode.FILES_UNKNOWN_TO_MANIFESTS) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Codes of what was rejected of a source, by unit and path, as the table stood then. */
    private static Map<UnitId, Map<String, Set<String>>> rejects(StageContext session, History then, String source) {
        String table = Tables.quarantine(source);
        Map<UnitId, Map<String, Set<String>>> codes = new HashMap<>();
        long version = then.lastVersion(Stage.INGEST, "", table, Set.of());
        if (version >= 0) {
            for (Row row : session.tables()
                    .read(table, version)
                    .select(functions.col("unit").cast("string"), functions.col("path"), functions.col("code"))
                    .distinct()
                    .collectAsList()) {
                codes.computeIfAbsent(UnitId.parse(row.getString(0)), unit -> new HashMap<>())
                        .computeIfAbsent(row.getString(1), path -> new TreeSet<>())
                        .add(row.getString(2));
            }
        }
        return codes;
    }

    private Map<String, Object> row() {
        List<String> columns = work.config().source(model.spine().from()).key();
        Set<String> wanted = new TreeSet<>(key.keySet());
        wanted.remove("unit");
        if (!wanted.equals(Set.copyOf(columns))) {
            throw new PenstockException(
                    ErrorCode.WRONG_KEY_COLUMNS,
                    "Cannot tell which row is meant by " + key.keySet(),
                    Tables.scores(model),
                    "Give a value for each of " + columns + "; unit=UNIT narrows it");
        }
        Dataset<Row> scores = work.tables().read(Tables.scores(model));
        for (Map.Entry<String, String> part : key.entrySet()) {
            scores = scores.filter(functions.col(part.getKey()).cast("string").equalTo(part.getValue()));
        }
        List<String> found =
                scores.orderBy(functions.col("unit").desc()).limit(1).toJSON().collectAsList();
        if (found.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.NO_SUCH_ROW,
                    "No row " + key + " in " + Tables.scores(model),
                    work.config().root(),
                    "Check the key: penstock sql shows the table");
        }
        return Json.readMap(found.get(0));
    }
}

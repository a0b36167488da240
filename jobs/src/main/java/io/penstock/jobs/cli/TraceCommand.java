package io.penstock.jobs.cli;

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
import io.penstock.jobs.run.KeptOut;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.ModelImport;
import io.penstock.jobs.stage.PromoteJob;
import io.penstock.jobs.stage.ScoreDefinition;
import io.penstock.jobs.stage.Stages;
import io.penstock.jobs.stage.Tables;
import io.penstock.lineage.LineageGraph;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description =
                "From one score to every landed file that holds a row it used, and to table versions, model and commit.")
public final class TraceCommand implements Callable<Integer> {
    /** The layer of views. */
    private static final String FEATURES = "features/";

    private static final String UNTOLD = ErrorCode.DEFINITIONS_CHANGED_SINCE
            + " Not told: the score's views, its spine, or keys or modes of its sources were defined otherwise than the"
            + " configuration has them now, or what they were is not kept; give trace the configuration of the commit"
            + " below (--conf-dir)";

    private static final String NOT_TOLD_THEN = ErrorCode.FILES_UNKNOWN_TO_MANIFESTS
            + " Not told: manifests of ingestion are from before they told what became of each file";

    private static final int KEPT_OUT_SHOWN = 20;

    @Mixin
    Common common;

    @Parameters(index = "0", paramLabel = "PIPELINE")
    String pipeline;

    @Parameters(index = "1", paramLabel = "scores/MODEL")
    String table;

    @Parameters(
            index = "2..*",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "The row's key; unit=UNIT narrows it.")
    Map<String, String> key;

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        ModelSpec model = config.models().get(table.replaceFirst("^scores/", ""));
        if (model == null || model.backtest() || !table.startsWith("scores/")) {
            throw new PenstockException(
                    ErrorCode.NO_SCORES_TABLE,
                    "No such scores table: " + table,
                    pipeline,
                    config.publishedModels().isEmpty()
                            ? "Only scores can be traced, and " + pipeline + " has no model that is published"
                            : "Use one of "
                                    + config.publishedModels().stream()
                                            .map(Tables::scores)
                                            .collect(Collectors.joining(", ")));
        }
        try (Session session = new Session(config, Stages.jobs(config, List.of()), common.progress())) {
            Map<String, Object> trace = trace(session, model);
            if (common.json) {
                System.out.println(Json.document(trace));
            } else {
                print(trace);
            }
        }
        return 0;
    }

    private Map<String, Object> trace(Session session, ModelSpec model) {
        PipelineConfig config = session.config();
        History history = session.history().toldByManifests();
        Map<String, Object> row = row(session, model);
        Unit unit = config.schedule().unit(UnitId.parse(String.valueOf(row.get("unit"))));
        Manifest scored = history.done(Stage.SCORE, model.name(), unit.id())
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.FOREIGN_COMMIT,
                        "No manifest for the scores of " + unit,
                        table,
                        "Run: penstock status " + pipeline));
        History then = history.before(scored);
        Map<String, Manifest> features = features(new ScoreDefinition(config, model).views(), scored, then);
        Map<String, Long> versions = new TreeMap<>();
        features.values().forEach(made -> made.inputs().forEach(pin -> version(pin, versions)));
        scored.inputs().forEach(pin -> version(pin, versions));
        scored.outputs().forEach(pin -> version(pin, versions));

        Map<String, Object> trace = new LinkedHashMap<>();
        trace.put("row", row);
        trace.put("unit", unit.toString());
        trace.put("as_of", unit.cut().toString());
        trace.put("model", model(scored, history));
        trace.put("tables", tables(versions));
        if (isDefinedStill(config, model, features, scored, then)) {
            trace.put("files", files(session, history, model, unit, versions));
            keptOut(session, then, model, unit)
                    .ifPresentOrElse(
                            files -> trace.put("kept_out", files), () -> trace.put("kept_out_untold", NOT_TOLD_THEN));
        } else {
            trace.put("files_untold", UNTOLD);
        }
        trace.put("run", scored.runId());
        trace.put("recipe", scored.recipe());
        trace.put("commit", scored.provenance().getOrDefault("commit", "unknown"));
        trace.put("provenance", scored.provenance());
        return trace;
    }

    /** The views that were scored, each as it was made last when the scores were, though it may have been made again since. */
    private static Map<String, Manifest> features(Set<String> views, Manifest scored, History then) {
        Map<String, Long> pinned = new TreeMap<>();
        scored.inputs().forEach(pin -> version(pin, pinned));
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

    private List<Map<String, Object>> files(
            Session session, History history, ModelSpec model, Unit unit, Map<String, Long> versions) {
        Dataset<Row> used = UsedRows.of(session.config(), model, unit, key, source -> {
            String bronze = Tables.bronze(source);
            return session.tables()
                    .read(bronze, versions.getOrDefault(bronze, session.tables().version(bronze)));
        });
        Map<String, Long> rowsByFile = new TreeMap<>();
        for (Row file : used.groupBy("_file_id").count().collectAsList()) {
            rowsByFile.put(file.getString(0), file.getLong(1));
        }
        return files(rowsByFile, history);
    }

    /** @param then what the scoring found done */
    private static Optional<List<KeptOut.File>> keptOut(Session session, History then, ModelSpec model, Unit unit) {
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
    private static Map<UnitId, Map<String, Set<String>>> rejects(Session session, History then, String source) {
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

    private Map<String, Object> row(Session session, ModelSpec model) {
        List<String> columns = session.config().source(model.spine().from()).key();
        Set<String> wanted = new TreeSet<>(key.keySet());
        wanted.remove("unit");
        if (!wanted.equals(Set.copyOf(columns))) {
            throw new PenstockException(
                    ErrorCode.WRONG_KEY_COLUMNS,
                    "Cannot tell which row is meant by " + key.keySet(),
                    table,
                    "Give a value for each of " + columns + "; unit=UNIT narrows it");
        }
        Dataset<Row> scores = session.tables().read(Tables.scores(model));
        for (Map.Entry<String, String> part : key.entrySet()) {
            scores = scores.filter(functions.col(part.getKey()).cast("string").equalTo(part.getValue()));
        }
        List<String> found =
                scores.orderBy(functions.col("unit").desc()).limit(1).toJSON().collectAsList();
        if (found.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.NO_SUCH_ROW,
                    "No row " + key + " in " + table,
                    session.config().root(),
                    "Check the key: penstock sql shows the table");
        }
        return Json.readMap(found.get(0));
    }

    private static void version(Pin pin, Map<String, Long> versions) {
        if (pin instanceof Pin.TablePin table) {
            versions.merge(table.table(), table.version(), Math::max);
        }
    }

    private static List<Map<String, Object>> tables(Map<String, Long> versions) {
        List<Map<String, Object>> tables = new ArrayList<>();
        versions.forEach((name, version) -> tables.add(Map.of("table", name, "version", version)));
        return tables;
    }

    private static List<Map<String, Object>> files(Map<String, Long> rowsByFile, History history) {
        Map<String, LedgerEntry> taken = new HashMap<>();
        history.ledger().stream()
                .filter(entry -> rowsByFile.containsKey(entry.fileId()) && isTaken(entry))
                .forEach(entry -> taken.put(entry.source() + " " + entry.fileId(), entry));
        Map<String, Map<String, LedgerEntry>> now = new HashMap<>();
        List<Map<String, Object>> files = new ArrayList<>();
        taken.values().stream()
                .sorted(Comparator.comparing(LedgerEntry::source)
                        .thenComparing(LedgerEntry::path)
                        .thenComparing(LedgerEntry::unit))
                .forEach(entry -> {
                    Map<String, Object> file = new LinkedHashMap<>();
                    file.put("source", entry.source());
                    file.put("path", entry.path());
                    file.put("sha256", entry.sha256());
                    file.put("unit", entry.unit().toString());
                    file.put("rows_used", rowsByFile.get(entry.fileId()));
                    LedgerEntry last = now.computeIfAbsent(entry.source(), source -> latest(source, history))
                            .getOrDefault(entry.path(), entry);
                    if (!last.fileId().equals(entry.fileId())) {
                        file.put("overwritten_by", last.unit().toString());
                    }
                    files.add(file);
                });
        return files;
    }

    private static Map<String, LedgerEntry> latest(String source, History history) {
        return LedgerLookup.latest(history.standing().stream()
                .filter(entry -> entry.source().equals(source))
                .toList());
    }

    private static boolean isTaken(LedgerEntry entry) {
        return entry.state().equals("taken");
    }

    /** The model, the training behind it, and what that stood on. */
    private static Map<String, Object> model(Manifest scored, History history) {
        Map<String, Object> model = new LinkedHashMap<>();
        scored.inputs().forEach(pin -> {
            if (pin instanceof Pin.ModelPin pinned) {
                model.put("name", pinned.name());
                model.put("version", pinned.version());
                model.put("sha256", pinned.sha256());
                LineageGraph graph = new LineageGraph(history.manifests());
                graph.promotion(pinned).ifPresent(promotion -> {
                    UnitId trainedAt = promotion.unit();
                    model.put("trained_at", trainedAt.toString());
                    model.put("commit", promotion.provenance().getOrDefault("commit", "unknown"));
                    if (promotion.stage().equals(Stage.IMPORT)) {
                        imported(promotion, model);
                        return;
                    }
                    history.before(promotion)
                            .done(Stage.TRAINING_SET, promotion.subject(), trainedAt)
                            .ifPresent(set -> {
                                model.put("training_set", set.outputs());
                                model.put("training_inputs", set.inputs());
                                model.put("training_recipe", set.recipe());
                                model.put("training_files", taken(history.before(set), trainedAt));
                            });
                });
            }
        });
        return model;
    }

    /** Files of which rows were in the tables by then, of units up to that one. */
    private static List<Map<String, String>> taken(History then, UnitId upTo) {
        return then.standing().stream()
                .filter(entry -> !entry.unit().isAfter(upTo) && isTaken(entry))
                .map(entry -> Map.of("path", entry.path(), "sha256", entry.sha256()))
                .distinct()
                .toList();
    }

    /** What another environment's manifests say of the training; they came along with the model. */
    private static void imported(Manifest promotion, Map<String, Object> model) {
        model.put("imported_from", ModelImport.FROM_ENVIRONMENT.of(promotion).orElse(null));
        model.put(
                "imported_from_warehouse",
                ModelImport.FROM_WAREHOUSE.of(promotion).orElse(null));
        model.put("training_run", PromoteJob.TRAINING_RUN.of(promotion).orElse(null));
        model.put(
                "training_manifest_sha256",
                ModelImport.TRAINING_MANIFEST_SHA256.of(promotion).orElse(null));
        Manifest trained = ModelImport.TRAINING_MANIFEST.of(promotion).orElseThrow();
        model.put("commit", trained.provenance().getOrDefault("commit", "unknown"));
        ModelImport.TRAINING_SET_MANIFEST.of(promotion).ifPresent(set -> {
            model.put("training_set", set.outputs());
            model.put("training_inputs", set.inputs());
            model.put("training_recipe", set.recipe());
        });
    }

    @SuppressWarnings("unchecked")
    private static void print(Map<String, Object> trace) {
        Map<String, Object> row = (Map<String, Object>) trace.get("row");
        System.out.println("row");
        row.forEach((name, value) -> {
            boolean isEmpty = value == null || value instanceof List<?> list && list.isEmpty();
            boolean isOfATask =
                    Set.of("class", "class_scores", "quantiles", "codes").contains(name);
            if (!name.equals("feature_pins") && !name.equals("reasons") && !(isOfATask && isEmpty)) {
                System.out.printf(Locale.ROOT, "  %-14s %s%n", name, value);
            }
        });
        if (row.get("reasons") instanceof List<?> reasons) {
            System.out.println("reasons");
            reasons.forEach(reason -> {
                Map<String, Object> cells = (Map<String, Object>) reason;
                System.out.printf(
                        Locale.ROOT,
                        "  %-36s value %-10s contribution %+.4f%n",
                        cells.get("feature"),
                        cells.get("text") == null ? cells.get("value") : cells.get("text"),
                        ((Number) cells.get("contribution")).doubleValue());
            });
        }
        Map<String, Object> model = (Map<String, Object>) trace.get("model");
        int trainingFiles = model.get("training_files") instanceof List<?> taken ? taken.size() : 0;
        System.out.printf(
                Locale.ROOT,
                "model%n  %s version %s, trained at %s from %d files, sha256 %s%n",
                model.get("name"),
                model.get("version"),
                model.get("trained_at"),
                trainingFiles,
                model.get("sha256"));
        if (model.containsKey("imported_from")) {
            System.out.printf(
                    Locale.ROOT,
                    "  from environment %s, trained there by run %s, manifest sha256 %s%n",
                    model.get("imported_from"),
                    model.get("training_run"),
                    model.get("training_manifest_sha256"));
        }
        System.out.println("tables");
        ((List<Map<String, Object>>) trace.get("tables"))
                .forEach(table -> System.out.println("  " + table.get("table") + " version " + table.get("version")));
        if (trace.containsKey("files_untold")) {
            System.out.println("files that hold a row it used");
            System.out.println("  " + trace.get("files_untold"));
        } else {
            List<Map<String, Object>> files = (List<Map<String, Object>>) trace.get("files");
            System.out.println("files that hold a row it used (" + files.size() + ")");
            files.forEach(file -> System.out.printf(
                    Locale.ROOT,
                    "  %-60s %5d rows  sha256 %s…%s%n",
                    file.get("path"),
                    ((Number) file.get("rows_used")).longValue(),
                    String.valueOf(file.get("sha256")).substring(0, 12),
                    file.containsKey("overwritten_by")
                            ? "  overwritten since, taken again by unit " + file.get("overwritten_by")
                            : ""));
        }
        printKeptOut((List<KeptOut.File>) trace.getOrDefault("kept_out", List.of()));
        if (trace.containsKey("kept_out_untold")) {
            System.out.println("files of which something was kept out");
            System.out.println("  " + trace.get("kept_out_untold"));
        }
        System.out.println("recipe  " + trace.get("recipe"));
        System.out.println("commit  " + trace.get("commit"));
        System.out.println("run     " + trace.get("run"));
        Map<String, Object> provenance = (Map<String, Object>) trace.get("provenance");
        if (provenance.containsKey("pipeline_commit")) {
            System.out.println("pipeline's commit  " + provenance.get("pipeline_commit") + changed(provenance));
        }
        if (provenance.containsKey("parent_job_name")) {
            System.out.println(
                    "parent  " + provenance.get("parent_job_name") + " run " + provenance.get("parent_run_id"));
        }
    }

    private static String changed(Map<String, Object> provenance) {
        return switch (String.valueOf(provenance.get("pipeline_dirty"))) {
            case "true" -> ", and its configuration was changed beyond it";
            case "false" -> "";
            default -> "; whether its configuration was changed beyond it is unknown";
        };
    }

    private static void printKeptOut(List<KeptOut.File> files) {
        if (files.isEmpty()) {
            return;
        }
        System.out.println(
                "files of which something was kept out, which might else have reached it (" + files.size() + ")");
        files.stream()
                .skip(Math.max(0, files.size() - KEPT_OUT_SHOWN))
                .forEach(file -> System.out.printf(
                        Locale.ROOT,
                        "  %-60s %s  unit %s  sha256 %s…  %s%n",
                        file.path(),
                        file.records() == 0 ? "    whole" : String.format(Locale.ROOT, "%5d rows", file.records()),
                        file.unit(),
                        file.sha256().substring(0, Math.min(12, file.sha256().length())),
                        String.join(", ", file.codes())));
        if (files.size() > KEPT_OUT_SHOWN) {
            System.out.println("  and " + (files.size() - KEPT_OUT_SHOWN) + " of units before: --json names all");
        }
    }
}

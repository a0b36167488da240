package io.penstock.jobs.stage;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.FaultPoint;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.history.History;
import io.penstock.core.history.ImportFacts;
import io.penstock.core.history.ViewFacts;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import io.penstock.core.storage.Storage;
import io.penstock.jobs.run.Session;
import io.penstock.scoring.Champions;
import io.penstock.training.Promotion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One environment's champion becomes another's: its bytes are compared with what its own manifest says, its features with
 * what the other environment makes, then it is uploaded, registered, downloaded and compared again, loaded and asked for a
 * score; the manifest of its training goes into the other's chain; the alias moves last. Whatever was done before a kill is
 * found again by the run's id.
 */
public final class ModelImport {
    private static final int LOGIC_VERSION = 1;

    private final Session from;
    private final String fromName;
    private final Session to;
    private final String model;

    /** What is moved, and what is known of it. */
    public record Candidate(ModelRegistry.Fetched fetched, Manifest promoted, Manifest trained) {
        Map<String, Object> identity(String environment) {
            return Map.of(
                    "environment",
                    environment,
                    "name",
                    fetched.version().name(),
                    "version",
                    fetched.version().version(),
                    "sha256",
                    fetched.version().sha256());
        }
    }

    /** @param fromName the environment whose champion it is */
    public ModelImport(Session from, String fromName, Session to, String model) {
        this.from = from;
        this.fromName = fromName;
        this.to = to;
        this.model = model;
    }

    /**
     * The other environment's champion, if it may become this one's. Writes nothing.
     *
     * @throws PenstockException {@code PEN-ENV-010} to {@code PEN-ENV-012}
     */
    public Candidate check() {
        ModelSpec source = model(from.config());
        String name = from.config().registeredName(source);
        if (from.config().root().equals(to.config().root())
                || name.equals(to.config().registeredName(model(to.config())))) {
            throw new PenstockException(
                    ErrorCode.ENVIRONMENTS_OVERLAP,
                    "The two environments share a warehouse or the names of their models",
                    fromName,
                    "Name two that are apart, and set nothing with --set that both would get");
        }
        ModelRegistry.Version version = from.registry()
                .resolve(name, ModelRegistry.CHAMPION)
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.NO_CHAMPION_THERE,
                        fromName + " has no champion of " + name,
                        from.config().locations().mlflow(),
                        "Train and promote one there first"));
        ModelRegistry.Fetched fetched = from.registry().fetch(version);
        Manifest promoted = from.history()
                .newestDone(Stage.PROMOTE, model)
                .filter(manifest ->
                        manifest.outputs().contains(new Pin.ModelPin(name, version.version(), version.sha256())))
                .findFirst()
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.NOT_PROMOTED_THERE,
                        "No manifest of " + fromName + " promoted version " + version.version() + " of " + name
                                + " with the bytes that the registry hands out",
                        from.config().ops(),
                        "Somebody moved the alias or changed the version: run promote there again"));
        Champions.requireSame(new Pin.ModelPin(name, version.version(), version.sha256()), promoted, fetched);
        Manifest trained = from.history()
                .done(Stage.TRAIN, model, promoted.unit())
                .orElseThrow(() -> new IllegalStateException("Promoted without a training"));
        List<String> differences =
                differences(from.config(), to.config(), model, fetched.spec(), trained, to.history());
        if (!differences.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.ENVIRONMENTS_DIFFER,
                    "This environment cannot feed the model: " + String.join("; ", differences),
                    "models." + model,
                    "Declare what " + fromName + " declares, run the features here, then promote again");
        }
        return new Candidate(fetched, promoted, trained);
    }

    /** What keeps one environment's scoring from giving the model what the other trained it on. Pure. */
    static List<String> differences(
            PipelineConfig from,
            PipelineConfig to,
            String model,
            ModelDescriptor spec,
            Manifest trained,
            History built) {
        List<String> differences = new ArrayList<>();
        ModelSpec source = from.models().get(model);
        ModelSpec target = to.models().get(model);
        if (target == null) {
            return List.of("it declares no model " + model);
        }
        if (!new TrainJob(from, source).isBy(trained.recipe())) {
            differences.add("the definition it was trained by has changed since, so that nothing can be compared");
        }
        for (String name : source.views()) {
            ViewSpec view = from.features().get(name);
            String table = Tables.features(view);
            if (spec.featurePins().contains(table)) {
                view(view, to, target, built).ifPresent(differences::add);
            }
        }
        source.rows().forEach((name, sql) -> {
            if (spec.features().contains(name) && !Objects.equals(target.rows().get(name), sql)) {
                differences.add("row feature " + name + " is " + sql + " there and "
                        + target.rows().getOrDefault(name, "missing") + " here");
            }
        });
        if (!TrainingSetJob.spine(source).equals(TrainingSetJob.spine(target))) {
            differences.add("the spine is another");
        }
        return differences;
    }

    private static Optional<String> view(ViewSpec view, PipelineConfig to, ModelSpec target, History built) {
        String table = Tables.features(view);
        ViewSpec here = to.features().get(view.name());
        if (here == null || !target.views().contains(view.name()) || here.version() != view.version()) {
            return Optional.of(table + " is not declared here");
        }
        String definition = FeaturesJob.definition(view);
        if (!definition.equals(FeaturesJob.definition(here))) {
            return Optional.of(table + " is defined otherwise here");
        }
        String fact = built.newestDone(Stage.FEATURES, view.table())
                .findFirst()
                .flatMap(manifest -> ViewFacts.DEFINITION.named(view.table()).of(manifest))
                .orElse(null);
        return definition.equals(fact)
                ? Optional.empty()
                : Optional.of(table + " is declared here, but the newest features were made "
                        + (fact == null ? "without it" : "by another definition"));
    }

    /**
     * Moves it.
     *
     * @return empty when it is champion here already
     */
    public Optional<Manifest> run(Candidate candidate) {
        Storage.requireAtomicCommits(to.config());
        Recipe recipe = Recipe.of(Stage.IMPORT, LOGIC_VERSION, candidate.identity(fromName));
        String name = to.config().registeredName(model(to.config()));
        boolean isDone = to.history()
                .newestDone(Stage.IMPORT, model)
                .findFirst()
                .filter(manifest -> manifest.recipe().equals(recipe.sha256()))
                .filter(manifest -> to.registry()
                        .resolve(name, ModelRegistry.CHAMPION)
                        .filter(version -> imported(manifest).contains(version.sha256()))
                        .isPresent())
                .isPresent();
        if (isDone && to.history().unfinished(Stage.IMPORT, model).isEmpty()) {
            return Optional.empty();
        }
        Instant started = Clock.system().now();
        Intent intent = open(candidate, recipe);
        int attempt = to.store().claim(intent.runId());
        FaultPoint.reached(intent, "intent claimed");
        Manifest manifest = promote(candidate, intent, attempt, name, started);
        to.store().finish(intent, List.of(manifest), List.of());
        return Optional.of(manifest);
    }

    private static List<String> imported(Manifest manifest) {
        return manifest.outputs().stream()
                .filter(Pin.ModelPin.class::isInstance)
                .map(pin -> ((Pin.ModelPin) pin).sha256())
                .toList();
    }

    private Intent open(Candidate candidate, Recipe recipe) {
        Optional<Intent> open = to.history().unfinished(Stage.IMPORT, model);
        if (open.filter(intent -> intent.recipe().equals(recipe.sha256())).isPresent()) {
            to.progress().note("resuming run " + open.get().runId() + " that did not finish");
            return open.get();
        }
        UnitId unit = candidate.promoted().unit();
        Intent intent = new Intent(
                to.config().pipeline(),
                Stage.IMPORT,
                model,
                to.newRunId(),
                List.of(unit),
                recipe.sha256(),
                Map.of(unit, candidate.fetched().version().sha256()),
                Map.of(),
                Map.of(),
                Clock.system().now(),
                "open");
        if (open.isPresent()) {
            to.store().claim(open.get().runId());
            to.store().openInstead(intent, open.get());
        } else {
            to.store().open(intent);
        }
        return intent;
    }

    private Manifest promote(Candidate candidate, Intent intent, int attempt, String name, Instant started) {
        ModelRegistry.Version source = candidate.fetched().version();
        Tracker.LoggedModel logged = upload(candidate, intent, name);
        FaultPoint.reached(intent, "uploaded");
        Promotion promotion = new Promotion(
                to.registry(),
                to.predictors(),
                to.store(),
                to.models(),
                intent,
                () -> to.store().checkStillMine(intent.runId(), attempt));
        ModelRegistry.Fetched again = promotion.register(name, logged, tags(candidate));
        ModelRegistry.Version version = again.version();
        if (!Hashes.sha256(again.model()).equals(candidate.fetched().spec().sha256())) {
            throw new PenstockException(
                    ErrorCode.REGISTRY_BYTES_DIFFER,
                    "The registry hands out other bytes than those of " + fromName,
                    name + " version " + version.version(),
                    "The alias was not moved. Run the promotion again");
        }
        Verdict loads = promotion.loadsAndScores(again, model(to.config()).task());
        if (loads.refuses()) {
            throw new PenstockException(
                    ErrorCode.IMPORTED_MODEL_FAILS,
                    loads.message(),
                    name + " version " + version.version(),
                    "The alias was not moved");
        }
        promotion.makeChampion(
                again,
                "imported from " + fromName,
                intent.opened().toString(),
                candidate.promoted().unit().toString());
        return new Manifest(
                intent.pipeline(),
                Stage.IMPORT,
                model,
                candidate.promoted().unit(),
                intent.runId(),
                Manifest.Status.DONE,
                intent.recipe(),
                source.sha256(),
                List.of(new Pin.ModelPin(source.name(), source.version(), source.sha256())),
                List.of(new Pin.ModelPin(name, version.version(), version.sha256())),
                List.of(loads),
                Map.of(),
                facts(candidate, again),
                to.provenance(),
                started,
                Clock.system().now(),
                to.actor(),
                "");
    }

    private Tracker.LoggedModel upload(Candidate candidate, Intent intent, String name) {
        Tracker tracker = to.tracker();
        Map<String, String> tags = new TreeMap<>(tags(candidate));
        tags.put("penstock.run", intent.runId());
        ModelDescriptor here = candidate.fetched().spec().named(name);
        String run = tracker.startRun(
                to.config().registered() + "/" + model,
                candidate.promoted().unit() + " from " + fromName,
                intent.runId() + "/import",
                tags,
                Clock.system().now());
        Tracker.LoggedModel logged = tracker.copyModel(run, model + "-import", candidate.fetched(), here);
        tracker.endRun(run, "FINISHED");
        return logged;
    }

    private Map<String, String> tags(Candidate candidate) {
        Map<String, String> tags = new TreeMap<>();
        tags.put("penstock.source-environment", fromName);
        tags.put("penstock.source-model", candidate.fetched().version().name());
        tags.put("penstock.source-version", candidate.fetched().version().version());
        tags.put("penstock.training_run", candidate.trained().runId());
        tags.put("penstock.training_manifest", candidate.trained().hash());
        tags.put("unit", candidate.promoted().unit().toString());
        tags.put("commit", candidate.trained().provenance().getOrDefault("commit", "unknown"));
        return tags;
    }

    /** The manifests behind it, whole: their hashes can be worked out again, here and there. */
    private Map<String, String> facts(Candidate candidate, ModelRegistry.Fetched registered) {
        Map<String, String> facts = new LinkedHashMap<>(Champions.facts(registered));
        ImportFacts.FROM_ENVIRONMENT.put(facts, fromName);
        ImportFacts.FROM_WAREHOUSE.put(facts, from.config().locations().warehouse());
        ImportFacts.TRAINING_UNIT.put(facts, candidate.promoted().unit().toString());
        ImportFacts.TRAINING_RUN.put(facts, candidate.trained().runId());
        ImportFacts.TRAINING_MANIFEST.put(facts, candidate.trained());
        ImportFacts.TRAINING_MANIFEST_SHA256.put(facts, candidate.trained().hash());
        ImportFacts.PROMOTION_MANIFEST.put(facts, candidate.promoted());
        from.history()
                .done(Stage.TRAINING_SET, model, candidate.promoted().unit())
                .ifPresent(set -> ImportFacts.TRAINING_SET_MANIFEST.put(facts, set));
        return facts;
    }

    private ModelSpec model(PipelineConfig config) {
        ModelSpec found = config.models().get(model);
        if (found == null || found.backtest()) {
            throw new PenstockException(
                    ErrorCode.NO_SUCH_MODEL,
                    "No such model: " + model,
                    config.pipeline(),
                    "Use one of "
                            + config.publishedModels().stream()
                                    .map(ModelSpec::name)
                                    .toList());
        }
        return found;
    }
}

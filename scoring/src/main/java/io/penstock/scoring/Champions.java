package io.penstock.scoring;

import io.penstock.core.ErrorCode;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.Fact;
import io.penstock.core.history.History;
import io.penstock.core.history.ModelCache;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.ModelRegistry.Fetched;
import io.penstock.core.model.ModelRegistry.Version;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Which model scores: the registry's champion, or, when the registry is away, the last one that was promoted here. What the
 * registry says of a version, and what is cached of it, is held against the manifest that promoted it; a version that no
 * manifest knows is downloaded and compared with its tags. A server that refuses the login is not away.
 */
public final class Champions {
    /** The code of rows that are held as there is no model. */
    public static final String NO_MODEL = ErrorCode.NO_CHAMPION.code();

    private static final Fact<String> SOURCE = Fact.text("model_source");
    private static final Fact<String> SPEC = Fact.text("model_spec_sha256");
    private static final String LAST_GOOD = "last-good";
    private static final String HOLD = "hold";
    private static final String WHEN_REFUSED = "when-refused";

    /** The server, or what lies before it, does not let this client in. */
    private static final Set<String> REFUSALS = Set.of(
            ErrorCode.MLFLOW_LOGIN_REFUSED.code(),
            ErrorCode.MLFLOW_UNKNOWN_HOST.code(),
            ErrorCode.MLFLOW_CERTIFICATE.code(),
            ErrorCode.INVALID_MLFLOW_TOKEN.code(),
            ErrorCode.INVALID_MLFLOW_TLS.code());

    private final PipelineConfig config;
    private final ModelSpec model;
    private final Sources sources;

    public Champions(PipelineConfig config, ModelSpec model, Sources sources) {
        this.config = config;
        this.model = model;
        this.sources = sources;
    }

    /**
     * Where models and what is known of them come from.
     *
     * @param registry asked for each time, since making one may fail as the registry itself may
     * @param history asked for each time
     * @param warning takes what is unusual about the model that is used
     */
    public record Sources(
            Supplier<ModelRegistry> registry, ModelCache cache, Supplier<History> history, Consumer<String> warning) {}

    /** @param degraded why it is not the registry's champion; empty when it is */
    public record Champion(Optional<Fetched> fetched, String degraded) {
        /** What a run keeps of it, so that it goes on with the same model when it is resumed, see {@link Champions#settled}. */
        public Map<String, String> settled() {
            Map<String, String> settled = new TreeMap<>(Map.of("degraded", degraded));
            fetched.ifPresent(model -> {
                settled.put("model_version", model.version().version());
                settled.put("model_sha256", model.version().sha256());
                SPEC.put(settled, model.spec().hash());
            });
            return settled;
        }
    }

    /** What a manifest says of a version; source and hash of the spec are unknown to manifests of before they were kept. */
    private record Known(Pin.ModelPin pin, Instant at, Optional<String> source, Optional<String> spec) {
        static Known of(Pin.ModelPin pin, Manifest manifest) {
            return new Known(pin, manifest.finished(), SOURCE.of(manifest), SPEC.of(manifest));
        }

        boolean isOf(String name, String version) {
            return pin.name().equals(name) && pin.version().equals(version);
        }

        boolean isWhole() {
            return source.isPresent() && spec.isPresent();
        }
    }

    /** What a manifest keeps of the version that it promotes, imports or scores with, beside its pin. */
    public static Map<String, String> facts(Fetched fetched) {
        Map<String, String> facts = new TreeMap<>();
        SOURCE.put(facts, fetched.version().source());
        SPEC.put(facts, fetched.spec().hash());
        return facts;
    }

    /**
     * @throws PenstockException {@code PEN-ML-010} when the champion is not what was promoted under its number; {@code
     *     PEN-ML-014} when there is none
     */
    public Champion now() {
        try {
            return new Champion(Optional.of(registered()), "");
        } catch (PenstockException e) {
            boolean isRefused = REFUSALS.contains(e.code());
            if (!e.exit().retryable()
                    && !(isRefused && model.scoring().fallback().contains(WHEN_REFUSED))) {
                throw e;
            }
            return fallback(e, isRefused ? "registry refuses the login" : "registry away");
        }
    }

    private Fetched registered() {
        String name = config.registeredName(model);
        Version version =
                sources.registry().get().resolve(name, ModelRegistry.CHAMPION).orElseThrow(() -> none(name));
        Optional<Known> known = known(name, version.version());
        known.ifPresent(promoted -> requireSame(promoted, version));
        if (known.isEmpty()) {
            sources.warning()
                    .accept("version " + version.version() + " of " + name
                            + " was not promoted from this warehouse; it is compared with its own tags");
        }
        Optional<Fetched> cached = known.filter(Known::isWhole).flatMap(this::cached);
        if (cached.isPresent()) {
            return new Fetched(version, cached.get().model(), cached.get().spec());
        }
        Fetched fetched = sources.registry().get().fetch(version);
        known.ifPresent(promoted -> requireSame(promoted, fetched));
        sources.cache().put(fetched);
        return fetched;
    }

    private PenstockException none(String name) {
        return new PenstockException(
                ErrorCode.NO_CHAMPION,
                "Model " + name + " has no version with alias " + ModelRegistry.CHAMPION,
                config.locations().mlflow(),
                "Train and promote one: penstock run " + config.pipeline()
                        + " --stage training-set,train,promote --unit " + firstTraining(model));
    }

    /** A unit that trains, as messages show it. */
    public static String firstTraining(ModelSpec model) {
        return model.training().at().isEmpty()
                ? "DATE"
                : model.training().at().get(0).toString();
    }

    /** The newest that manifests say of the version: a model that was deleted in MLflow and made again begins at 1 again. */
    private Optional<Known> known(String name, String version) {
        Optional<Known> promoted = Stream.of(Stage.PROMOTE, Stage.IMPORT)
                .flatMap(stage ->
                        told(stage, Manifest::outputs).filter(known -> known.isOf(name, version)).findFirst().stream())
                .max(Comparator.comparing(Known::at));
        return promoted.filter(Known::isWhole).or(() -> scored(name, version)).or(() -> promoted);
    }

    /** Whoever scored with it has compared it with the registry. */
    private Optional<Known> scored(String name, String version) {
        return told(Stage.SCORE, Manifest::inputs)
                .filter(known -> known.isOf(name, version) && known.isWhole())
                .findFirst();
    }

    /** The newest first. */
    private Stream<Known> told(Stage stage, Function<Manifest, List<Pin>> pins) {
        return sources.history()
                .get()
                .newestDone(stage, model.name())
                .flatMap(manifest -> pins(pins.apply(manifest)).map(pin -> Known.of(pin, manifest)));
    }

    private static Stream<Pin.ModelPin> pins(List<Pin> pins) {
        return pins.stream().filter(Pin.ModelPin.class::isInstance).map(Pin.ModelPin.class::cast);
    }

    private Optional<Fetched> cached(Known known) {
        Optional<Fetched> cached = sources.cache().find(known.pin().sha256());
        boolean isSame = cached.filter(
                        copy -> known.spec().filter(copy.spec().hash()::equals).isPresent())
                .isPresent();
        if (cached.isPresent() && !isSame) {
            sources.warning()
                    .accept("the copy of " + known.pin().name() + " version "
                            + known.pin().version() + " in ops/models is not what was promoted, and is not used");
        }
        return isSame ? cached : Optional.empty();
    }

    private static void requireSame(Known known, Version version) {
        boolean isSame = known.pin().sha256().equals(version.sha256())
                && known.source().map(version.source()::equals).orElse(true);
        if (!isSame) {
            throw another(known, "is registered with other bytes or from another source");
        }
    }

    /** @throws PenstockException {@code PEN-ML-010} when these are not the bytes and the spec that the manifest speaks of */
    public static void requireSame(Pin.ModelPin pin, Manifest manifest, Fetched fetched) {
        requireSame(Known.of(pin, manifest), fetched);
    }

    private static void requireSame(Known known, Fetched fetched) {
        requireSame(known, fetched.version());
        if (!known.spec().map(fetched.spec().hash()::equals).orElse(true)) {
            throw another(known, "has other dictionaries or features");
        }
    }

    private static PenstockException another(Known known, String how) {
        return new PenstockException(
                ErrorCode.MODEL_NOT_AS_REGISTERED,
                "Version " + known.pin().version() + " of " + known.pin().name() + " " + how
                        + " than when it was promoted",
                known.pin().name() + " version " + known.pin().version(),
                "Do not use this version: move its alias to another one in MLflow, and find out who changed it");
    }

    /** The model that the tables are scored with which this run committed before it died, wherever the alias is now. */
    public Champion settled(Map<String, String> settled) {
        String degraded = settled.getOrDefault("degraded", "");
        String sha256 = settled.get("model_sha256");
        if (sha256 == null) {
            return new Champion(Optional.empty(), degraded);
        }
        String name = config.registeredName(model);
        Optional<Known> known = known(name, settled.get("model_version"));
        Known begun = new Known(
                new Pin.ModelPin(name, settled.get("model_version"), sha256),
                Instant.MAX,
                known.flatMap(Known::source),
                SPEC.of(settled).or(() -> known.flatMap(Known::spec)));
        Fetched fetched = cached(begun).orElseGet(() -> fetched(begun));
        Version version = new Version(
                name,
                begun.pin().version(),
                sha256,
                fetched.version().source(),
                fetched.version().tags());
        return new Champion(Optional.of(new Fetched(version, fetched.model(), fetched.spec())), degraded);
    }

    private Fetched fetched(Known begun) {
        String name = begun.pin().name();
        String sha256 = begun.pin().sha256();
        Version version = sources.registry()
                .get()
                .version(name, begun.pin().version())
                .filter(found -> found.sha256().equals(sha256))
                .or(() -> sources.registry().get().find(name, "sha256", sha256))
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.NO_CHAMPION,
                        "Model " + name + " with sha256 " + sha256
                                + " is gone, and a run that did not finish has scored with it",
                        config.locations().mlflow(),
                        "Score the units again: penstock run " + config.pipeline()
                                + " --stage score --again --from FIRST --to LAST"));
        Fetched fetched = sources.registry().get().fetch(version);
        if (version.version().equals(begun.pin().version())) {
            requireSame(begun, fetched);
        }
        return fetched;
    }

    private Champion fallback(PenstockException cause, String why) {
        Optional<Fetched> last = lastGood();
        if (model.scoring().fallback().contains(LAST_GOOD) && last.isPresent()) {
            sources.warning()
                    .accept(cause.code() + " " + cause.what() + ": scoring with the last champion promoted here");
            return new Champion(last, cause.code() + " " + why + ", last good model used");
        }
        if (model.scoring().fallback().contains(HOLD)) {
            sources.warning().accept(cause.code() + " " + cause.what() + ": every row is held");
            return new Champion(Optional.empty(), NO_MODEL + " no model to be had, rows held");
        }
        throw cause;
    }

    private Optional<Fetched> lastGood() {
        Optional<Manifest> promoted = sources.history()
                .get()
                .newestDone(Stage.PROMOTE, model.name())
                .max(Comparator.comparing(Manifest::unit));
        return sources.history()
                .get()
                .newestDone(Stage.IMPORT, model.name())
                .findFirst()
                .filter(imported -> promoted.isEmpty()
                        || imported.finished().isAfter(promoted.get().finished()))
                .or(() -> promoted)
                .flatMap(manifest -> pins(manifest.outputs()).findFirst().map(pin -> Known.of(pin, manifest)))
                .map(known -> known.isWhole()
                        ? known
                        : scored(known.pin().name(), known.pin().version()).orElse(known))
                .flatMap(known -> lastCopy(known)
                        .map(copy -> new Fetched(
                                new Version(
                                        known.pin().name(),
                                        known.pin().version(),
                                        known.pin().sha256(),
                                        known.source().orElse(""),
                                        Map.of()),
                                copy.model(),
                                copy.spec())));
    }

    /**
     * A promotion from before manifests kept the spec's hash, while the registry is away: its copy is held against the hash
     * beside it, as it always was, and that is told. Without it an upgrade would stop scoring until the registry answers.
     */
    private Optional<Fetched> lastCopy(Known known) {
        if (known.spec().isPresent()) {
            return cached(known);
        }
        Optional<Fetched> copy = sources.cache().find(known.pin().sha256());
        copy.ifPresent(found -> sources.warning()
                .accept("version " + known.pin().version() + " of "
                        + known.pin().name() + " was promoted before manifests kept what its dictionaries are; they are"
                        + " compared with the registry once it answers"));
        return copy;
    }
}

package io.penstock.lineage;

import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.history.History;
import io.penstock.core.history.ImportFacts;
import java.util.List;
import java.util.Optional;

/**
 * The model behind a score, the training behind it, and what that stood on. What manifests do not say is null: of a model
 * that was not promoted here all but its name, version and hash; the training of one that came from another environment is
 * what that environment's manifests say, which came along with it.
 *
 * @param trainedAt unit of the promotion
 */
public record TracedModel(
        String name,
        String version,
        String sha256,
        String trainedAt,
        String commit,
        String importedFrom,
        String importedFromWarehouse,
        String trainingRun,
        String trainingManifestSha256,
        List<Pin> trainingSet,
        List<Pin> trainingInputs,
        String trainingRecipe,
        List<TrainingFile> trainingFiles) {

    /** A file of which rows were in the tables by then. */
    public record TrainingFile(String path, String sha256) {}

    /** @return empty for rows that were held without a model */
    public static Optional<TracedModel> of(Manifest scored, History history) {
        return scored.inputs().stream()
                .filter(Pin.ModelPin.class::isInstance)
                .map(Pin.ModelPin.class::cast)
                .reduce((first, last) -> last)
                .map(pin -> new LineageGraph(history.manifests())
                        .promotion(pin)
                        .map(promotion -> promotion.stage().equals(Stage.IMPORT)
                                ? imported(pin, promotion)
                                : trained(pin, promotion, history))
                        .orElseGet(() -> of(pin)));
    }

    private static TracedModel of(Pin.ModelPin pin) {
        return new TracedModel(
                pin.name(), pin.version(), pin.sha256(), null, null, null, null, null, null, null, null, null, null);
    }

    private static TracedModel trained(Pin.ModelPin pin, Manifest promotion, History history) {
        Optional<Manifest> set =
                history.before(promotion).done(Stage.TRAINING_SET, promotion.subject(), promotion.unit());
        return new TracedModel(
                pin.name(),
                pin.version(),
                pin.sha256(),
                promotion.unit().toString(),
                Trace.commit(promotion),
                null,
                null,
                null,
                null,
                set.map(Manifest::outputs).orElse(null),
                set.map(Manifest::inputs).orElse(null),
                set.map(Manifest::recipe).orElse(null),
                set.map(made -> taken(history.before(made), promotion.unit())).orElse(null));
    }

    private static List<TrainingFile> taken(History then, UnitId upTo) {
        return then.standing().stream()
                .filter(entry -> !entry.unit().isAfter(upTo) && Trace.isTaken(entry))
                .map(entry -> new TrainingFile(entry.path(), entry.sha256()))
                .distinct()
                .toList();
    }

    private static TracedModel imported(Pin.ModelPin pin, Manifest promotion) {
        Manifest trained = ImportFacts.TRAINING_MANIFEST.of(promotion).orElseThrow();
        Optional<Manifest> set = ImportFacts.TRAINING_SET_MANIFEST.of(promotion);
        return new TracedModel(
                pin.name(),
                pin.version(),
                pin.sha256(),
                promotion.unit().toString(),
                Trace.commit(trained),
                ImportFacts.FROM_ENVIRONMENT.of(promotion).orElse(null),
                ImportFacts.FROM_WAREHOUSE.of(promotion).orElse(null),
                ImportFacts.TRAINING_RUN.of(promotion).orElse(null),
                ImportFacts.TRAINING_MANIFEST_SHA256.of(promotion).orElse(null),
                set.map(Manifest::outputs).orElse(null),
                set.map(Manifest::inputs).orElse(null),
                set.map(Manifest::recipe).orElse(null),
                null);
    }
}

package io.penstock.core.model;

import io.penstock.core.PenstockException;
import java.util.EnumMap;
import java.util.Map;

/** The loaders of predictors by flavour. Evaluation, gate and scoring all ask here, so that they agree on every model. */
public final class Predictors {
    private final Map<Flavour, Predictor.Loader> loaders;

    public Predictors(Map<Flavour, Predictor.Loader> loaders) {
        this.loaders = new EnumMap<>(loaders);
    }

    /**
     * The loader for the model that is described; serializable, unlike all of them together.
     *
     * @throws PenstockException {@code PEN-ML-065} when there is none
     */
    public Predictor.Loader of(ModelDescriptor descriptor) {
        Flavour flavour = descriptor.kind();
        Predictor.Loader loader = loaders.get(flavour);
        if (loader == null) {
            throw ModelDescriptor.unknown(flavour.id(), descriptor.name());
        }
        return loader;
    }

    /** Loads the model that is described. */
    public Predictor load(byte[] model, ModelDescriptor descriptor) {
        return of(descriptor).load(model, descriptor.sha256(), descriptor.features());
    }
}

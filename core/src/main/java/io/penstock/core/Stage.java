package io.penstock.core;

import java.util.Locale;

/**
 * A kind of work on a unit, by its name. The constants are those that several modules speak of; a stage of which only its
 * own job needs to know declares its name there.
 *
 * @param id as in {@code --stage}, {@code training-set}
 */
public record Stage(String id) {
    public static final Stage INGEST = new Stage("ingest");
    public static final Stage FEATURES = new Stage("features");
    public static final Stage TRAINING_SET = new Stage("training-set");
    public static final Stage TRAIN = new Stage("train");
    public static final Stage PROMOTE = new Stage("promote");

    /** A model that another environment trained and promoted becomes champion here; not a stage of a run. */
    public static final Stage IMPORT = new Stage("import");

    public static final Stage SCORE = new Stage("score");
    public static final Stage EVALUATE = new Stage("evaluate");

    /** From how manifests spell it, {@code TRAINING_SET}. */
    static Stage parse(String name) {
        return new Stage(name.toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    /** As people read it with what it works on, {@code score late}; a stage that has no subjects is its id alone. */
    public String of(String subject) {
        return subject.isEmpty() ? id : id + " " + subject;
    }

    /** As manifests spell it: part of every audit chain, so it stays. */
    @Override
    public String toString() {
        return id.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}

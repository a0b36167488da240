package io.penstock.core;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The stages in the order in which a unit goes through them. {@code meaning} is the small integer a maintainer raises when
 * a stage's output changes meaning; it is part of every recipe of that stage.
 */
public enum Stage {
    INGEST(1),
    FEATURES(1),
    TRAINING_SET(1),
    TRAIN(1),
    PROMOTE(1),
    SCORE(1),
    EVALUATE(1);

    private final int meaning;

    Stage(int meaning) {
        this.meaning = meaning;
    }

    public int meaning() {
        return meaning;
    }

    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<Stage> of(String id) {
        return Arrays.stream(values()).filter(stage -> stage.id().equals(id)).findFirst();
    }
}

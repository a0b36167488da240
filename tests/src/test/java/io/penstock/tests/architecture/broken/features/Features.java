package io.penstock.tests.architecture.broken.features;

import io.penstock.tests.architecture.broken.training.Training;

/** A stage that sees another one. */
public record Features(Training other) {}

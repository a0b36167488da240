package io.penstock.tests.architecture.broken.training;

import io.penstock.tests.architecture.broken.scoring.Scoring;

/** A stage that sees another one. */
public record Training(Scoring other) {}

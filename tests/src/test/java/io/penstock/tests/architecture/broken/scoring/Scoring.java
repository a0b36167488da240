package io.penstock.tests.architecture.broken.scoring;

import io.penstock.tests.architecture.broken.lineage.Lineage;

/** A stage that sees another one. */
public record Scoring(Lineage other) {}

package io.penstock.tests.architecture.broken.validation;

import io.penstock.tests.architecture.broken.features.Features;

/** A stage that sees another one. */
public record Validation(Features other) {}

package io.penstock.tests.architecture.broken.ingestion;

import io.penstock.tests.architecture.broken.validation.Validation;

/** A stage that sees another one. */
public record Ingestion(Validation other) {}

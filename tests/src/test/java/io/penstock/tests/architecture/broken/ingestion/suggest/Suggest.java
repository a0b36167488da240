package io.penstock.tests.architecture.broken.ingestion.suggest;

import io.penstock.tests.architecture.broken.ingestion.read.Read;

/** A suggestion that reads units. */
public record Suggest(Read other) {}

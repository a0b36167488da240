package io.penstock.tests.architecture.broken.ingestion.take;

import io.penstock.tests.architecture.broken.ingestion.read.Read;

/** An assignment that reads records. */
public record Take(Read other) {}

package io.penstock.tests.architecture.broken.ingestion.extract;

import io.penstock.tests.architecture.broken.ingestion.read.Read;

/** An extraction that reads units. */
public record Extract(Read other) {}

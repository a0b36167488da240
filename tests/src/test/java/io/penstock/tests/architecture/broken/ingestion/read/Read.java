package io.penstock.tests.architecture.broken.ingestion.read;

import io.penstock.tests.architecture.broken.ingestion.take.Take;

/** A reading that assigns files. */
public record Read(Take other) {}

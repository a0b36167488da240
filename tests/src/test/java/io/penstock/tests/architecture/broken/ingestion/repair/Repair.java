package io.penstock.tests.architecture.broken.ingestion.repair;

import io.penstock.tests.architecture.broken.ingestion.take.Take;

/** A repair that assigns files. */
public record Repair(Take other) {}

package io.penstock.tests.architecture.broken.ingestion.versions;

import io.penstock.tests.architecture.broken.ingestion.format.Format;

/** Versions that parse. */
public record Versions(Format other) {}

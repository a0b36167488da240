package io.penstock.tests.architecture.broken.ingestion.format;

import io.penstock.tests.architecture.broken.ingestion.versions.Versions;

/** A parser that knows earlier versions. */
public record Format(Versions other) {}

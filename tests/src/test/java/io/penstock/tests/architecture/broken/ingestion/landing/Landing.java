package io.penstock.tests.architecture.broken.ingestion.landing;

import io.penstock.tests.architecture.broken.ingestion.format.Format;

/** A listing that parses. */
public record Landing(Format other) {}

package io.penstock.tests.architecture.broken.ingestion.contract;

import io.penstock.tests.architecture.broken.ingestion.landing.Landing;

/** A rule of a record that knows where files land. */
public record Contract(Landing other) {}

package io.penstock.tests.architecture.broken.lineage;

import io.penstock.tests.architecture.broken.jobs.Jobs;
import org.apache.spark.sql.Row;

/** A stage that sees the module above it, and Spark where none is needed. */
public record Lineage(Jobs jobs, Row row) {}

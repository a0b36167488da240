package io.penstock.tests.e2e;

import org.junit.jupiter.api.Tag;

/** The same with plans compiled. That compiled plans answer as they should is shown for each stage by twins and benchmarks. */
@Tag("full")
@CompiledPlans
class CompiledEndToEndTest extends EndToEndTest {}

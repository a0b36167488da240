/**
 * Landed files become rows of bronze and quarantine: what landed ({@link io.penstock.ingestion.Landing}), which unit takes
 * it ({@link io.penstock.ingestion.TakePlan}), and one pass that hashes, parses and checks it ({@link
 * io.penstock.ingestion.Reading}). Writes no table and judges no unit.
 */
package io.penstock.ingestion;

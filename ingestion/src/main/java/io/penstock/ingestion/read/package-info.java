/**
 * Reads the files that units take, in one pass that hashes, parses and checks them ({@link io.penstock.ingestion.read.Reading}),
 * and gives rows of bronze and quarantine with facts of files and units. Writes no table.
 */
package io.penstock.ingestion.read;

/**
 * What every published table is held to: checks made from the pipeline's declarations, and the pure judge over measured
 * numbers. A unit against the units before it is in {@code validation.drift}. Deequ, which measures, lives in {@code
 * validation.deequ}; nothing here reads a table or commits one.
 */
package io.penstock.validation;

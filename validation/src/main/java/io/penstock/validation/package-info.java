/**
 * What every published table is held to: checks made from the pipeline's declarations, and the pure judge over measured
 * numbers. Deequ, which measures, lives in {@code validation.deequ}; nothing here reads a table or commits one.
 */
package io.penstock.validation;

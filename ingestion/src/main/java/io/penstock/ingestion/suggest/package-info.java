/**
 * Suggests a source's contract from files that no one has described. Decides from samples alone: starts no Spark, writes
 * nothing, and shows no values but those of columns that clearly hold few, and the first that does not fit its column's type.
 */
package io.penstock.ingestion.suggest;

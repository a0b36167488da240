/**
 * What is in the landing folders or in the versions of a Delta table, and what the ledger says of it. Lists files and reads
 * what their paths say; never opens one to read its records.
 */
package io.penstock.ingestion.landing;

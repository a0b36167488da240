/**
 * What records and files mean beside earlier ones: key conflicts, duplicate content, overwritten files, corrections, deletes
 * and snapshots. Parses nothing.
 */
package io.penstock.ingestion.versions;

/**
 * Rejected records and files: given out to be repaired, and taken again in their place.
 */
package io.penstock.ingestion.repair;

/** Landed files made of something else: of one file with a history. */
package io.penstock.ingestion.extract;

/**
 * Which files a unit takes, what must hold for units to run again, and what became of each landed file. Opens a file only to
 * compare its hash.
 */
package io.penstock.ingestion.take;

/**
 * Which files a unit takes, and what must hold for units to run again. Opens a file only to compare its hash.
 */
package io.penstock.ingestion.take;

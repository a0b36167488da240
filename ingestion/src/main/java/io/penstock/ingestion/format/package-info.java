/**
 * From bytes to records: one class per format ({@link io.penstock.ingestion.format.SourceFormat}), the splits of large files,
 * and the tasks that read them. Knows nothing of other files or earlier units.
 */
package io.penstock.ingestion.format;

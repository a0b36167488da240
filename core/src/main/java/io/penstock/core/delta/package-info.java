/**
 * Delta tables through Spark. {@link io.penstock.core.delta.Publication} is the only way a data table changes; {@link
 * io.penstock.core.delta.DeltaTables} reads them. Delta's internal API is used here and nowhere else.
 */
package io.penstock.core.delta;

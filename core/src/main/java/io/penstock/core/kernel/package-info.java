/**
 * The control tables of a pipeline as small Delta tables, written and read by Delta Kernel without a Spark session: {@link
 * io.penstock.core.kernel.ControlTable} is one such table, {@link io.penstock.core.kernel.KernelManifestStore} the port
 * over all of them. Data tables are Spark's; of them only {@link io.penstock.core.kernel.PublishedColumns} reads the schema.
 */
package io.penstock.core.kernel;

/** Fits by Spark ML behind the port {@link io.penstock.training.Trainer}; the only package that imports it. */
package io.penstock.training.sparkml;

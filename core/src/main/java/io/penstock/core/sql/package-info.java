/**
 * Declared SQL as Spark computes it: what an expression of the configuration becomes over the rows that it is meant for. What
 * may stand in one, and what is known of it before there is data, is the configuration's.
 */
package io.penstock.core.sql;

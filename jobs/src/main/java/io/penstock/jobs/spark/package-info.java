/** What is known of Spark's own failures by their types and, where nothing else is given, by their texts. */
package io.penstock.jobs.spark;

/**
 * How the places of a pipeline are reached through Hadoop's file systems, which of them commit atomically, and what their
 * failures mean. Reads and writes nothing itself.
 */
package io.penstock.core.storage;

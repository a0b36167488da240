/**
 * How the places of a pipeline are reached through Hadoop's file systems, which of them commit atomically, and what their
 * failures mean. Of files it reads only table logs, and it writes only what tries whether a place can be written.
 */
package io.penstock.core.storage;

/**
 * A pipeline's configuration: the records it binds to, and the strict binder that reports every mistake at once with file
 * and line. SQL expressions in it are checked here, before anything runs.
 */
package io.penstock.core.config;

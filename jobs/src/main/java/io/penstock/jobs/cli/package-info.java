/**
 * The verbs of {@code penstock}, one class each: arguments in, a call, a result printed. Options that they share are in {@link
 * io.penstock.jobs.cli.Common}, exit codes of failures in {@link io.penstock.jobs.cli.Failures}.
 */
package io.penstock.jobs.cli;

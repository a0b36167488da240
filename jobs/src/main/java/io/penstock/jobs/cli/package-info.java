/** The verbs of {@code penstock}, one class each: arguments in, a call, a result printed. */
package io.penstock.jobs.cli;

/** What a person or a scheduler sees of a run: progress lines, the summary, {@code result.json}. */
package io.penstock.jobs.report;

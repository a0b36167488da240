/** Log4j set up so that libraries log in the shape of Penstock's own JSON lines. */
package io.penstock.jobs.report.log4j;

/**
 * The demo's data: New York's 2013 flights, played back as the files that an airline's systems would have landed day by
 * day. Knows the archive and the landing rules, and nothing of Spark or of the pipeline that reads the files.
 */
package io.penstock.jobs.demo.feed;

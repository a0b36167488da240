/**
 * The only module that sees two stages at once: the command line, the wiring of stages into a run ({@code run}, {@code
 * stage}), reports, the Airflow export and the demo.
 */
package io.penstock.jobs;

/**
 * Whether a cluster fits a run, before the run begins: what was asked and found is measured once, pure rules judge it. Knows
 * no stage; a local master is not looked at.
 */
package io.penstock.jobs.cluster;

/** Deciding what must run and running it: intents, claims, manifests around every stage. Knows stages only by {@link io.penstock.jobs.run.StageJob}. */
package io.penstock.jobs.run;

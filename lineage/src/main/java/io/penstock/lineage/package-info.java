/**
 * Lineage over manifests: which files, versions and models a result stands on ({@link io.penstock.lineage.LineageGraph}),
 * what differs between two of them ({@link io.penstock.lineage.ManifestDiff}), and whether anybody changed the record since
 * ({@link io.penstock.lineage.AuditChain}). Pure functions of manifests; no data is read here.
 */
package io.penstock.lineage;

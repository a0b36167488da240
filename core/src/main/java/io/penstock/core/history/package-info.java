/**
 * What the control tables say of a pipeline: manifests, intents and the ledger of files, read as one history, and the small
 * files that are kept with them (recipes, models). Decides nothing on its own.
 */
package io.penstock.core.history;

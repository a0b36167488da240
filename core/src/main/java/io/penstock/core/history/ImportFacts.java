package io.penstock.core.history;

import io.penstock.core.Manifest;

/** Facts of the manifest of a model that came from another environment: where from, and the manifests behind it there. */
public final class ImportFacts {
    public static final Fact<String> FROM_ENVIRONMENT = Fact.text("from_environment");
    public static final Fact<String> FROM_WAREHOUSE = Fact.text("from_warehouse");
    public static final Fact<String> TRAINING_UNIT = Fact.text("training_unit");
    public static final Fact<String> TRAINING_RUN = Fact.text("training_run");
    public static final Fact<Manifest> TRAINING_MANIFEST = Fact.json("training_manifest", Manifest.class);
    public static final Fact<String> TRAINING_MANIFEST_SHA256 = Fact.text("training_manifest_sha256");
    public static final Fact<Manifest> TRAINING_SET_MANIFEST = Fact.json("training_set_manifest", Manifest.class);
    public static final Fact<Manifest> PROMOTION_MANIFEST = Fact.json("promotion_manifest", Manifest.class);

    private ImportFacts() {}
}

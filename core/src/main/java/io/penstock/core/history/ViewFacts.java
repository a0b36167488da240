package io.penstock.core.history;

/** Facts of the manifests of features, which others than their stage read. */
public final class ViewFacts {
    /** The definition that decides what may be published under one version, as JSON; by the view's table. */
    public static final Fact.Family<String> DEFINITION = Fact.Family.text("view.");

    private ViewFacts() {}
}

package io.penstock.core.kernel;

import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.ManifestStore;

class InMemoryManifestStoreTest extends ManifestStoreContract {
    private final InMemoryManifestStore store = new InMemoryManifestStore();

    @Override
    ManifestStore process() {
        return store.anotherProcess();
    }
}

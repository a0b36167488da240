package io.penstock.core.model;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The fake of {@link ModelRegistry}: the same rules over lists. It can be away, and versions can be put into it as somebody
 * with the rights to do so would.
 */
public final class InMemoryModelRegistry implements ModelRegistry {
    private static final String SPEC_SHA256 = "penstock.spec-sha256";

    private record Stored(byte[] model, ModelDescriptor spec) {}

    private final Map<String, Stored> sources = new HashMap<>();
    private final List<Version> versions = new ArrayList<>();
    private final Map<String, String> aliases = new HashMap<>();
    private Optional<PenstockException> failure = Optional.empty();
    private int downloads;

    /** Makes every call fail so, until {@link #recovers}. */
    public void failsWith(PenstockException every) {
        failure = Optional.of(every);
    }

    public void recovers() {
        failure = Optional.empty();
    }

    /** What a tracker uploaded. */
    public void stores(String source, byte[] model, ModelDescriptor spec) {
        sources.put(source, new Stored(model, spec));
    }

    /** A version that was not registered by Penstock, whatever its tags say. */
    public void holds(Version byHand) {
        versions.add(byHand);
    }

    public int downloads() {
        return downloads;
    }

    @Override
    public Optional<Version> resolve(String name, String alias) {
        fail();
        return Optional.ofNullable(aliases.get(name + "@" + alias)).flatMap(version -> version(name, version));
    }

    @Override
    public Optional<Version> version(String name, String version) {
        fail();
        return versions.stream()
                .filter(held -> held.name().equals(name) && held.version().equals(version))
                .findFirst();
    }

    @Override
    public Optional<Version> find(String name, String tag, String value) {
        fail();
        return versions.stream()
                .filter(held ->
                        held.name().equals(name) && value.equals(held.tags().get(tag)))
                .reduce((first, last) -> last);
    }

    @Override
    public Version register(String name, Tracker.LoggedModel model, Map<String, String> tags) {
        fail();
        Map<String, String> all = new TreeMap<>(tags);
        all.put("sha256", model.sha256());
        all.put(SPEC_SHA256, stored(model.source()).spec().hash());
        Version version = new Version(name, String.valueOf(versions.size() + 1), model.sha256(), model.source(), all);
        versions.add(version);
        return version;
    }

    @Override
    public Fetched fetch(Version version) {
        fail();
        downloads++;
        Stored stored = stored(version.source());
        boolean isSame = Hashes.sha256(stored.model()).equals(stored.spec().sha256())
                && stored.spec().modelSha256().equals(version.sha256())
                && stored.spec().hash().equals(version.tags().get(SPEC_SHA256));
        if (!isSame) {
            throw new PenstockException(
                    ErrorCode.MODEL_NOT_AS_REGISTERED, "Not what its tags promise", version.name(), "Do not use it");
        }
        return new Fetched(version, stored.model(), stored.spec());
    }

    @Override
    public void alias(String name, String alias, String version) {
        fail();
        aliases.put(name + "@" + alias, version);
    }

    private Stored stored(String source) {
        return Optional.ofNullable(sources.get(source))
                .orElseThrow(() ->
                        new PenstockException(ErrorCode.MODEL_FILES_MISSING, "No files", source, "Register it again"));
    }

    private void fail() {
        failure.ifPresent(every -> {
            throw every;
        });
    }
}

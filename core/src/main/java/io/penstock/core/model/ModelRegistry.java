package io.penstock.core.model;

import java.util.Map;
import java.util.Optional;

/** Registered models. The alias is the commit point of a promotion. */
public interface ModelRegistry {
    /** The alias that scoring resolves. */
    String CHAMPION = "champion";

    /** A version with its bytes not yet fetched. @param sha256 see {@link ModelDescriptor#modelSha256} */
    record Version(String name, String version, String sha256, String source, Map<String, String> tags) {}

    /**
     * A version's files, checked against the sha256 that its tags promise.
     *
     * @param files all that the descriptor lists, by name; empty of a model that lists none, and of a copy that holds no
     *     more than scoring needs
     */
    record Fetched(Version version, byte[] model, ModelDescriptor spec, Map<String, byte[]> files) {
        public Fetched {
            files = Map.copyOf(files);
        }

        /** What scoring needs of it. */
        public Fetched(Version version, byte[] model, ModelDescriptor spec) {
            this(version, model, spec, Map.of());
        }
    }

    /** The version the alias points to, or empty when the model or the alias does not exist. */
    Optional<Version> resolve(String name, String alias);

    /** That version, or empty when it does not exist. */
    Optional<Version> version(String name, String version);

    /** A version registered with this tag value, if any: how a rerun finds what it registered before it died. */
    Optional<Version> find(String name, String tag, String value);

    /**
     * Registers the logged model as the next version of {@code name}: creates the model if need be, creates the version,
     * tags it; sets no alias.
     */
    Version register(String name, Tracker.LoggedModel model, Map<String, String> tags);

    /** Downloads and verifies. @throws PenstockException PEN-ML-010 when a file does not have the promised sha256 */
    Fetched fetch(Version version);

    /** Moves the alias; the last step of a promotion. */
    void alias(String name, String alias, String version);
}

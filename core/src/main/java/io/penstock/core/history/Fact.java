package io.penstock.core.history;

import io.penstock.core.Json;
import io.penstock.core.Manifest;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a stage writes into its manifest beside counts, pins and verdicts, under a name of its own. The class that writes a
 * fact declares it, and whoever reads it goes through that declaration.
 *
 * @param key name in the manifest, part of what is stored
 */
public record Fact<T>(String key, Function<T, String> writes, Function<String, T> reads) {
    public static Fact<String> text(String key) {
        return new Fact<>(key, Function.identity(), Function.identity());
    }

    /** A value as canonical JSON. */
    public static <T> Fact<T> json(String key, Class<T> type) {
        return new Fact<>(key, Json::canonical, text -> Json.read(text, type));
    }

    /** Empty where the manifest has none, as those of before the fact was written. */
    public Optional<T> of(Manifest manifest) {
        return of(manifest.facts());
    }

    /** Of the facts of a manifest that is not written yet. */
    public Optional<T> of(Map<String, String> facts) {
        return Optional.ofNullable(facts.get(key)).map(reads);
    }

    public void put(Map<String, String> facts, T value) {
        facts.put(key, writes.apply(value));
    }

    /**
     * Facts of one kind about several things, such as a number of each candidate.
     *
     * @param prefix what their keys begin with; the name of the thing follows
     */
    public record Family<T>(String prefix, Function<T, String> writes, Function<String, T> reads) {
        public static Family<String> text(String prefix) {
            return new Family<>(prefix, Function.identity(), Function.identity());
        }

        public static <T> Family<T> json(String prefix, Class<T> type) {
            return new Family<>(prefix, Json::canonical, text -> Json.read(text, type));
        }

        public Fact<T> named(String name) {
            return new Fact<>(prefix + name, writes, reads);
        }

        /** All of a manifest, by the names of the things. */
        public Map<String, T> of(Manifest manifest) {
            Map<String, T> all = new TreeMap<>();
            manifest.facts().forEach((key, text) -> {
                if (key.startsWith(prefix)) {
                    all.put(key.substring(prefix.length()), reads.apply(text));
                }
            });
            return all;
        }
    }
}

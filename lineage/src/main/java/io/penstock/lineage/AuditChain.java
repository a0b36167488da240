package io.penstock.lineage;

import io.penstock.core.Manifest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Every manifest names the hash of the one before it; an edit, a removal or a swap breaks the chain where it was made. */
public final class AuditChain {
    private AuditChain() {}

    /** Where the chain breaks. */
    public record Break(int position, String runId, String message) {}

    /**
     * @param manifests in commit order
     * @return the first break, or empty when the chain holds
     */
    public static Optional<Break> verify(List<Manifest> manifests) {
        List<String> hashes = manifests.parallelStream().map(Manifest::hash).toList();
        String previous = "";
        for (int i = 0; i < manifests.size(); i++) {
            Manifest manifest = manifests.get(i);
            if (!manifest.previous().equals(previous)) {
                return Optional.of(new Break(
                        i,
                        manifest.runId(),
                        "Manifest " + i + " (" + manifest.stage().id() + " " + manifest.unit() + ") follows "
                                + abbreviated(manifest.previous()) + ", but the manifest before it has hash "
                                + abbreviated(previous)));
            }
            previous = hashes.get(i);
        }
        return Optional.empty();
    }

    /**
     * A run without manifests, first by its id. Manifests are written before their run is closed, so those that are missing
     * were deleted with the end of the table. The chain of what is left holds.
     *
     * @param done runs that are closed as done, read before the manifests
     */
    public static Optional<String> runWithoutManifest(Set<String> done, List<Manifest> manifests) {
        Set<String> without = new TreeSet<>(done);
        manifests.forEach(manifest -> without.remove(manifest.runId()));
        return without.stream().findFirst();
    }

    private static String abbreviated(String hash) {
        return hash.isEmpty() ? "nothing" : hash.substring(0, Math.min(12, hash.length()));
    }
}

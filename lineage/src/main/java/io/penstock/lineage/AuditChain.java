package io.penstock.lineage;

import io.penstock.core.Manifest;
import java.util.List;
import java.util.Optional;

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

    private static String abbreviated(String hash) {
        return hash.isEmpty() ? "nothing" : hash.substring(0, Math.min(12, hash.length()));
    }
}

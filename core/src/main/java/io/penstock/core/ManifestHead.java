package io.penstock.core;

import java.util.List;
import java.util.function.Supplier;

/**
 * What a plan needs to know of a manifest; the rest is parsed when it is asked for. Ten years of daily units are some ten
 * thousand manifests, of which a plan looks into few.
 *
 * @param outputs what it wrote, parsed without what it read, which may be very many files
 * @param manifest the whole
 */
public record ManifestHead(
        Stage stage,
        String subject,
        UnitId unit,
        String runId,
        Manifest.Status status,
        String recipe,
        String inputContent,
        Supplier<List<Pin>> outputs,
        Supplier<Manifest> manifest) {
    public static ManifestHead of(Manifest manifest) {
        return new ManifestHead(
                manifest.stage(),
                manifest.subject(),
                manifest.unit(),
                manifest.runId(),
                manifest.status(),
                manifest.recipe(),
                manifest.inputContent(),
                manifest::outputs,
                () -> manifest);
    }

    /** The same, of one of several things that the manifest tells of together. */
    public ManifestHead of(String one) {
        return new ManifestHead(stage, one, unit, runId, status, recipe, inputContent, outputs, manifest);
    }

    public boolean isDone() {
        return status == Manifest.Status.DONE;
    }
}

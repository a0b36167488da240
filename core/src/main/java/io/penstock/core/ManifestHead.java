package io.penstock.core;

import java.time.LocalDate;
import java.util.function.Supplier;

/**
 * What a plan needs to know of a manifest; the whole is parsed when it is asked for. Ten years of daily units are some ten
 * thousand manifests, of which a plan looks into few.
 */
public record ManifestHead(
        Stage stage,
        String subject,
        LocalDate unit,
        String runId,
        Manifest.Status status,
        String recipe,
        String inputContent,
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
                () -> manifest);
    }

    public boolean isDone() {
        return status == Manifest.Status.DONE;
    }
}

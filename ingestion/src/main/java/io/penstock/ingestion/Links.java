package io.penstock.ingestion;

import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Links on a local disk: what they lead to must lie below the landing folder too, and be there. */
final class Links {
    private Links() {}

    /**
     * @param base the landing folder, which may be a link itself
     * @throws PenstockException {@code PEN-ING-024} for a link that leads out of it, or in a circle
     */
    static void requireInside(org.apache.hadoop.fs.Path entry, org.apache.hadoop.fs.Path base, String source) {
        if (!"file".equals(entry.toUri().getScheme())) {
            return;
        }
        Path link = Path.of(entry.toUri().getPath());
        if (!Files.isSymbolicLink(link)) {
            return;
        }
        try {
            Path target = link.toRealPath();
            Path root = Path.of(base.toUri().getPath()).toRealPath();
            if (!target.startsWith(root)) {
                throw refused(entry, "leads out of the landing folder, to " + target, source);
            }
            if (link.getParent().toRealPath().startsWith(target)) {
                throw refused(entry, "leads in a circle, to " + target, source);
            }
        } catch (IOException e) {
            throw refused(entry, "leads nowhere, or in a circle", source);
        }
    }

    private static PenstockException refused(org.apache.hadoop.fs.Path entry, String why, String source) {
        return PenstockException.refused(
                "PEN-ING-024",
                "Refused to follow a link in the landing folder: it " + why,
                "source " + source + ", " + entry.toUri().getPath(),
                "Land the file itself");
    }
}

package io.penstock.ingestion.landing;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.file.Path;

/** Links on a local disk: what they lead to must lie below the landing folder too, and be there. */
final class Links {
    private Links() {}

    /**
     * Looks where a link leads; Hadoop lists none that leads nowhere, so that one would be passed over in silence.
     *
     * @param base the landing folder, which may be a link itself
     * @throws PenstockException {@code PEN-ING-024} for a link that leads out of it, in a circle, or nowhere
     */
    static void requireInside(Path link, Path base, String source) {
        Path target;
        Path root;
        Path parent;
        try {
            target = link.toRealPath();
            root = base.toRealPath();
            parent = link.getParent().toRealPath();
        } catch (IOException e) {
            throw refused(link, "leads nowhere, or in a circle", source);
        }
        if (!target.startsWith(root)) {
            throw refused(link, "leads out of the landing folder, to " + target, source);
        }
        if (parent.startsWith(target)) {
            throw refused(link, "leads in a circle, to " + target, source);
        }
    }

    private static PenstockException refused(Path link, String why, String source) {
        return new PenstockException(
                ErrorCode.LINK_OUT_OF_FOLDER,
                "Refused to follow a link in the landing folder: it " + why,
                "source " + source + ", " + link,
                "Land the file itself");
    }
}

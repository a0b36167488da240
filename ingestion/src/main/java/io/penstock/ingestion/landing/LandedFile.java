package io.penstock.ingestion.landing;

import io.penstock.core.Pin;
import java.io.Serializable;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that landed and was not opened yet.
 *
 * @param path relative to the landing root where it is below it, with {@code /}
 * @param modified as the file system says; reported, no decision depends on it
 * @param landed by its path
 */
public record LandedFile(String source, String path, long bytes, Instant modified, Instant landed)
        implements Comparable<LandedFile>, Serializable {
    private static final Pattern IN_PATH = Pattern.compile("landed=(\\d{8}T\\d{6}Z)(?=/|$)");
    private static final Comparator<LandedFile> ORDER =
            Comparator.comparing(LandedFile::landed).thenComparing(LandedFile::path);

    /** When the file landed, by its {@code landed=} folder. */
    public static Optional<Instant> landedOf(String path) {
        Optional<TableFile> ofTable = TableFile.of(path);
        if (ofTable.isPresent()) {
            return ofTable.map(TableFile::landed);
        }
        Matcher matcher = IN_PATH.matcher(path);
        Optional<Instant> landed = Optional.empty();
        while (matcher.find()) {
            landed = LandingStamp.parse(matcher.group(1));
        }
        return landed;
    }

    /** The file as a run planned it, so that a resumed run takes the same files. The hash is known once it is read. */
    public Pin.FilePin pin() {
        return new Pin.FilePin(source, path, bytes, "");
    }

    /** The file of a pin, found again without listing anything. */
    public static LandedFile of(Pin.FilePin pin) {
        Instant landed = landedOf(pin.path())
                .orElseThrow(() -> new IllegalArgumentException("No landing stamp in the pinned path " + pin.path()));
        return new LandedFile(pin.source(), pin.path(), pin.bytes(), Instant.EPOCH, landed);
    }

    /** The same file with what the file system says of its last change. */
    public LandedFile modified(Instant at) {
        return new LandedFile(source, path, bytes, at, landed);
    }

    @Override
    public int compareTo(LandedFile other) {
        return ORDER.compare(this, other);
    }
}

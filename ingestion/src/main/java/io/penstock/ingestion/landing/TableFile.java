package io.penstock.ingestion.landing;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data file of a Delta table as something that landed: with the version that added it, when that was committed. Its path
 * holds all of it, {@code TABLE/_version=12/landed=20131225T060000Z/FILE}. No pattern finds a path like this, since names that
 * begin with an underscore are passed over. Values of partition columns that the table's log gives, and the file's folders do
 * not, are part of the path as folders: {@code …/landed=20131225T060000Z/_values/city=Zürich/_file/FILE}.
 *
 * @param table as the source names it
 * @param values folders for what the file's own folders do not give; mostly empty
 * @param file below the table's folder
 */
public record TableFile(String table, long version, Instant landed, String values, String file) {
    /** Of a version in a sequence. */
    public static final int DIGITS = 18;

    private static final String VERSION = "/_version=";
    private static final Pattern PATH = Pattern.compile(
            "(?s)(.+?)" + VERSION + "(\\d{1,18})/landed=(\\d{8}T\\d{6}Z)/(?:_values/(.+?)/_file/)?(.+)");

    public static Optional<TableFile> of(String path) {
        if (!path.contains(VERSION)) {
            return Optional.empty();
        }
        Matcher matcher = PATH.matcher(path);
        return matcher.matches()
                ? LandingStamp.parse(matcher.group(3))
                        .map(landed -> new TableFile(
                                matcher.group(1),
                                Long.parseLong(matcher.group(2)),
                                landed,
                                matcher.group(4) == null ? "" : matcher.group(4),
                                matcher.group(5)))
                : Optional.empty();
    }

    String path() {
        String told = values.isEmpty() ? "" : "_values/" + values + "/_file/";
        return table + VERSION + version + "/landed=" + LandingStamp.of(landed) + "/" + told + file;
    }

    /** Where it lies. */
    public String location() {
        return table + "/" + file;
    }

    /** Orders as versions do, also those of one second. */
    public String sequence() {
        return String.format(Locale.ROOT, "%s.%0" + DIGITS + "d", LandingStamp.of(landed), version);
    }
}

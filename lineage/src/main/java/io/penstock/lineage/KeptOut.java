package io.penstock.lineage;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.history.History;
import io.penstock.core.history.LedgerProjection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Files of which something did not come into the tables: records that were rejected or said what others said, whole files
 * that were set aside, files of a unit that was refused, a snapshot that withdrew nothing. Had one of them held something
 * else, a row that was used might be another, so that they are part of why.
 */
public final class KeptOut {
    private static final Pattern CODE = Pattern.compile("PEN-[A-Z]+-\\d{3}");
    private static final String COPY = ErrorCode.DUPLICATE_CONTENT.code();
    private static final String NOTHING_WITHDRAWN = ErrorCode.NOTHING_WITHDRAWN.code();
    private static final String REPEATED = ErrorCode.EXACT_DUPLICATE.code();
    private static final String UNIT_REFUSED = ErrorCode.UNIT_REFUSED.code();

    private KeptOut() {}

    /**
     * A file of which something was kept out.
     *
     * @param records that were; 0 where a whole file was
     * @param codes why, as quarantine, notes and verdicts say it
     */
    public record File(
            String source, String path, String sha256, UnitId unit, String state, long records, Set<String> codes) {}

    /**
     * Of what stands, whatever was done again since.
     *
     * @param then what was done by the moment that is asked for
     * @param sources those that count, with their modes
     * @param upTo the last unit that counts
     * @param rejects codes of the rejected records of a unit, by path, of one source
     */
    public static List<File> of(
            History then,
            Map<String, SourceSpec.Mode> sources,
            UnitId upTo,
            Function<String, Map<UnitId, Map<String, Set<String>>>> rejects) {
        Set<List<Object>> standing = then.standing().stream().map(KeptOut::key).collect(Collectors.toSet());
        Map<String, Map<UnitId, Map<String, Set<String>>>> codes = new TreeMap<>();
        List<File> files = new ArrayList<>();
        for (Manifest manifest : then.manifests()) {
            if (!manifest.stage().equals(Stage.INGEST) || manifest.unit().isAfter(upTo)) {
                continue;
            }
            LedgerProjection.outcomes(manifest).forEach((pin, outcome) -> {
                SourceSpec.Mode mode = sources.get(pin.source());
                if (mode == null || !standing.contains(key(manifest, pin))) {
                    return;
                }
                Set<String> why = why(manifest, mode, outcome);
                if (outcome.state().equals("taken") && outcome.rejected() > 0) {
                    why.addAll(codes.computeIfAbsent(pin.source(), rejects)
                            .getOrDefault(manifest.unit(), Map.of())
                            .getOrDefault(pin.path(), Set.of()));
                }
                long records = outcome.state().equals("taken") ? outcome.rejected() + outcome.duplicates() : 0;
                if (!why.isEmpty() || records > 0) { // else all of it is in the tables
                    files.add(new File(
                            pin.source(), pin.path(), pin.sha256(), manifest.unit(), outcome.state(), records, why));
                }
            });
        }
        return files;
    }

    private static Set<String> why(Manifest manifest, SourceSpec.Mode mode, LedgerProjection.FileOutcome outcome) {
        Set<String> why = new TreeSet<>();
        switch (outcome.state()) {
            case "quarantined" -> add(why, outcome.reason());
            case "duplicate" -> why.add(COPY);
            case "refused" -> {
                why.add(UNIT_REFUSED);
                manifest.verdicts().stream().filter(Verdict::refuses).forEach(verdict -> add(why, verdict.message()));
            }
            default -> {
                if (outcome.duplicates() > 0) {
                    why.add(REPEATED);
                }
                boolean isSnapshot = mode == SourceSpec.Mode.SNAPSHOT;
                if (isSnapshot && (outcome.rejected() > 0 || outcome.rowsIn() == 0)) {
                    why.add(NOTHING_WITHDRAWN);
                }
            }
        }
        return why;
    }

    private static void add(Set<String> why, String text) {
        Matcher code = CODE.matcher(text == null ? "" : text);
        if (code.find()) {
            why.add(code.group());
        }
    }

    private static List<Object> key(LedgerEntry entry) {
        return List.of(entry.runId(), entry.unit(), entry.source(), entry.fileId());
    }

    private static List<Object> key(Manifest manifest, Pin.FilePin pin) {
        return List.of(manifest.runId(), manifest.unit(), pin.source(), LedgerEntry.fileId(pin.path(), pin.sha256()));
    }
}

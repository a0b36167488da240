package io.penstock.ingestion.take;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.ingestion.landing.LandedFile;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RerunRulesTest {
    private static final UnitId DAY = UnitId.of(LocalDate.of(2024, 3, 1));
    private static final PipelineConfig CONFIG = ConfigLoader.load(
            Path.of(System.getProperty("penstock.home", ".."), "conf"), "flight-delay", "local", Map.of(), Map.of());

    /** A range that is too short for another source would only lead to the next refusal. */
    @Test
    void theRangeThatIsAskedForIsTheOneThatEverySourceAllows() {
        List<LedgerEntry> ledger = List.of(
                taken("weather", "a.csv", 0),
                taken("weather", "a.csv", 1),
                taken("outcomes", "b.csv", 1),
                taken("outcomes", "b.csv", 3),
                taken("weather", "c.csv", 3),
                taken("weather", "c.csv", 4),
                taken("weather", "d.csv", 5));
        List<RerunRules> sources = sources(ledger);

        assertThatThrownBy(() -> RerunRules.require(sources, days(0)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("Cannot run unit 2024-03-01 again without unit 2024-03-02")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-05");
        assertThatThrownBy(() -> RerunRules.require(sources, days(1, 2)))
                .hasMessageContaining("Cannot run unit 2024-03-02 again without unit 2024-03-04")
                .hasMessageContaining("--again --from 2024-03-02 --to 2024-03-05");
        assertThatThrownBy(() -> RerunRules.require(sources, days(0, 1)))
                .as("what is asked for stays in the range")
                .hasMessageContaining("Cannot run unit 2024-03-02 again without unit 2024-03-04")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-05");
        assertThatCode(() -> RerunRules.require(sources, days(0, 1, 2, 3, 4))).doesNotThrowAnyException();
        assertThatCode(() -> RerunRules.require(sources, days(5, 6))).doesNotThrowAnyException();
    }

    @Test
    void aCopyThatAnEarlierUnitSetAsideRunsAgainToo() {
        List<RerunRules> sources = sources(List.of(
                entry("weather", "copy.csv", 0, "duplicate", "old"),
                taken("weather", "other.csv", 0),
                entry("weather", "a.csv", 1, "taken", "old")));

        assertThatThrownBy(() -> RerunRules.require(sources, days(1)))
                .hasMessageContaining(
                        "Cannot run unit 2024-03-01 again without unit 2024-03-02, since a.csv was overwritten")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-02");
    }

    @Test
    void whatIsGoneInTheWholeRangeIsToBePutBackFirst() {
        List<LedgerEntry> ledger = List.of(
                taken("weather", "a.csv", 0),
                taken("weather", "a.csv", 2),
                taken("outcomes", "gone.csv", 1),
                taken("outcomes", "settled.csv", 2));

        assertThatThrownBy(() -> RerunRules.require(sources(ledger), days(0)))
                .hasMessageContaining("PEN-ING-042")
                .hasMessageContaining("Put back what is gone, gone.csv. Run all of them again")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-03");
        assertThatThrownBy(() -> RerunRules.require(sources(ledger), days(1)))
                .hasMessageContaining("PEN-ING-017")
                .hasMessageContaining("gone.csv");
    }

    private static List<RerunRules> sources(List<LedgerEntry> ledger) {
        List<ManifestHead> heads = IntStream.range(0, 6)
                .mapToObj(day -> new ManifestHead(
                        Stage.INGEST,
                        "",
                        DAY.plusDays(day),
                        "run " + day,
                        Manifest.Status.DONE,
                        "",
                        "",
                        List::of,
                        () -> null))
                .toList();
        History history = new History(heads, ledger, List.of());
        return List.of("weather", "outcomes").stream()
                .map(name -> new RerunRules(
                        CONFIG.sources().get(name),
                        history,
                        lying(name, ledger),
                        List.of("settled.csv"),
                        file -> "what it holds now"))
                .toList();
    }

    /** All that the ledger names lies there, changed since. */
    private static List<LandedFile> lying(String source, List<LedgerEntry> ledger) {
        return ledger.stream()
                .filter(entry -> entry.source().equals(source))
                .map(LedgerEntry::path)
                .filter(path -> !path.equals("gone.csv") && !path.equals("settled.csv"))
                .distinct()
                .map(path -> new LandedFile(source, path, 1, Instant.ofEpochMilli(2), Instant.EPOCH))
                .toList();
    }

    private static LedgerEntry taken(String source, String path, int day) {
        return entry(source, path, day, "taken", path + day);
    }

    private static LedgerEntry entry(String source, String path, int day, String state, String sha256) {
        return new LedgerEntry(source, path, "f", 1, 1, sha256, state, DAY.plusDays(day), "run " + day, 1, 1, null);
    }

    private static Set<UnitId> days(int... days) {
        return IntStream.of(days).mapToObj(DAY::plusDays).collect(Collectors.toSet());
    }
}

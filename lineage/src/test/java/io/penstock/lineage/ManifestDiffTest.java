package io.penstock.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.lineage.ManifestDiff.Difference;
import io.penstock.lineage.ManifestDiff.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManifestDiffTest {
    private static final Pin FILE = new Pin.FilePin("flights", "a.csv", 10, "aa");
    private static final Pin FILE_CHANGED = new Pin.FilePin("flights", "a.csv", 10, "ab");
    private static final Pin FILE_MORE = new Pin.FilePin("flights", "b.csv", 10, "bb");
    private static final Manifest FIRST = manifest("r1", List.of(FILE), 100, Verdict.Outcome.PASSED, 2);

    @Test
    void aManifestDoesNotDifferFromItself() {
        assertThat(ManifestDiff.between(FIRST, FIRST, sha -> Optional.empty())).isEmpty();
    }

    @Test
    void everythingThatDiffersIsTold() {
        Manifest second = manifest("r2", List.of(FILE_CHANGED, FILE_MORE), 90, Verdict.Outcome.WARNED, 5);
        Map<String, String> recipes = Map.of("r1", recipe(5, 1), "r2", recipe(6, 2));

        assertThat(ManifestDiff.between(FIRST, second, sha -> Optional.ofNullable(recipes.get(sha))))
                .containsExactly(
                        new Difference(Kind.RECIPE, "rounds", "5", "6"),
                        new Difference(Kind.RECIPE, "source.max", "1", "2"),
                        new Difference(Kind.INPUT, "a.csv", "sha256 aa", "sha256 ab"),
                        new Difference(Kind.INPUT, "b.csv", "", "sha256 bb"),
                        new Difference(Kind.COUNT, "bronze/flights", "100", "90"),
                        new Difference(Kind.VERDICT, "bronze/flights: size > 1", "passed 2.0", "warned 2.0"),
                        new Difference(Kind.SECONDS, "seconds", "2.0", "5.0"));
    }

    @Test
    void ofATableThatIsReadTheVersionIsTold() {
        Manifest first = manifest("r1", List.of(new Pin.TablePin("bronze/a", 6, 0)), 100, Verdict.Outcome.PASSED, 2);
        Manifest second = manifest("r1", List.of(new Pin.TablePin("bronze/a", 7, 0)), 100, Verdict.Outcome.PASSED, 2);

        assertThat(ManifestDiff.between(first, second, sha -> Optional.empty()))
                .containsExactly(new Difference(Kind.INPUT, "bronze/a", "version 6", "version 7"));
    }

    @Test
    void ofRecipesThatAreNotKeptTheHashesAreTold() {
        Manifest second = manifest("r2", List.of(FILE), 100, Verdict.Outcome.PASSED, 2);
        assertThat(ManifestDiff.between(FIRST, second, sha -> Optional.empty()))
                .containsExactly(new Difference(Kind.RECIPE, "sha256", "r1", "r2"));
    }

    /** Part of it is JSON as text, as stages keep their definitions. */
    private static String recipe(int rounds, int max) {
        return Json.canonical(Map.of(
                "rounds",
                rounds,
                "source",
                Json.canonical(Map.of("max", max)),
                "views",
                List.of(Map.of("over", "3d"))));
    }

    private static Manifest manifest(String recipe, List<Pin> inputs, long rows, Verdict.Outcome outcome, int seconds) {
        return new Manifest(
                "p",
                Stage.INGEST,
                "",
                UnitId.parse("2013-01-01"),
                "run",
                Manifest.Status.DONE,
                recipe,
                "c",
                inputs,
                List.of(),
                List.of(new Verdict("bronze/flights", "size > 1", outcome, 2, "")),
                Map.of("bronze/flights", rows),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH.plusSeconds(seconds),
                "me",
                "");
    }
}

package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Manifest;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WarningsTest {
    @Test
    void ofARangeEachKindIsToldOnceWithItsUnits() {
        Verdict missing = verdict("features/weather_v1", "missing < 1.0", Verdict.Outcome.WARNED);
        Verdict refused = verdict("features/weather_v1", "size >= 1.0", Verdict.Outcome.FAILED);
        Verdict noRows = Verdict.noRows("features/weather_v1", "size >= 1.0");

        assertThat(Warnings.ofRange(List.of(
                        manifest(1, List.of(noRows)),
                        manifest(2, List.of(missing, refused)),
                        manifest(3, List.of(missing)),
                        manifest(3, List.of())))) // another view of that unit
                .containsExactly("features/weather_v1: in 2 of 3 units, first 2013-12-02: PEN-X of missing < 1.0");
    }

    private static Verdict verdict(String table, String rule, Verdict.Outcome outcome) {
        return new Verdict(table, rule, outcome, 1, "PEN-X of " + rule);
    }

    private static Manifest manifest(int day, List<Verdict> verdicts) {
        return new Manifest(
                "shop",
                Stage.FEATURES,
                "",
                UnitId.of(LocalDate.of(2013, 12, day)),
                "r",
                Manifest.Status.DONE,
                "",
                "",
                List.of(),
                List.of(),
                verdicts,
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
    }
}

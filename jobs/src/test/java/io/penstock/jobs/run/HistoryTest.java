package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final LocalDate DAY = LocalDate.of(2024, 3, 9);
    private static final LocalDate NEXT = DAY.plusDays(1);

    @Test
    void theLastVersionOfATableIsToldByOutputsAlone() {
        History history = new History(
                List.of(
                        head(DAY, "", new Pin.TablePin("bronze/a", 9, 1)), // superseded by the one below
                        head(NEXT, "", new Pin.TablePin("bronze/a", 4, 1), new Pin.TablePin("bronze/b", 5, 1)),
                        head(DAY, "", new Pin.TablePin("bronze/a", 3, 1)),
                        head(DAY, "other", new Pin.TablePin("bronze/a", 8, 1))),
                List.of(),
                List.of());

        assertThat(last(history, "bronze/a")).isEqualTo(4);
        assertThat(last(history, "bronze/a", NEXT)).isEqualTo(3);
        assertThat(last(history, "bronze/a", NEXT, DAY)).isEqualTo(-1);
        assertThat(last(history, "bronze/b", DAY)).isEqualTo(5);
        assertThat(last(history, "bronze/none")).isEqualTo(-1);
    }

    private static long last(History history, String table, LocalDate... except) {
        return history.lastVersion(Stage.INGEST, "", table, Set.of(except));
    }

    private static ManifestHead head(LocalDate unit, String subject, Pin... outputs) {
        return new ManifestHead(
                Stage.INGEST, subject, unit, "run", Manifest.Status.DONE, "", "", () -> List.of(outputs), () -> {
                    throw new AssertionError("The whole manifest names every file");
                });
    }
}

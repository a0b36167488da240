package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Manifest;
import io.penstock.core.Manifest.Status;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void onlyWhatIsPublishedIsCountedAndWhatIsRefusedIsTold() {
        Summary two = Summary.of(
                List.of(manifest(1, Status.DONE, 200), manifest(2, Status.REFUSED, 300), manifest(3, Status.DONE, 5)));
        Summary one = Summary.of(
                List.of(manifest(1, Status.REFUSED, 7), manifest(2, Status.REFUSED, 8), manifest(3, Status.DONE, 0)));

        assertThat(two).isEqualTo(new Summary(" × 2", "snap 205; 1 unit refused"));
        assertThat(one).isEqualTo(new Summary("", "no new rows; 2 units refused"));
        assertThat(Summary.of(List.of(manifest(1, Status.DONE, 1200)))).isEqualTo(new Summary("", "snap 1,200"));
    }

    private static Manifest manifest(int day, Status status, long rows) {
        return new Manifest(
                "shop",
                Stage.INGEST,
                "",
                UnitId.of(LocalDate.of(2013, 12, day)),
                "r",
                status,
                "",
                "",
                List.of(),
                List.of(),
                List.of(),
                Map.of("bronze/snap", rows),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
    }
}

package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.kernel.defaults.engine.DefaultEngine;
import io.penstock.core.Intent;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.Worker;
import io.penstock.core.kernel.ControlTable.Column;
import io.penstock.core.kernel.ControlTable.Type;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever has to wait is told for whom. */
class WhoIsAtWorkTest {
    private static final Instant NOW = Instant.parse("2014-01-01T10:00:00Z");

    @TempDir
    Path folder;

    private final Intent late = ManifestStoreContract.intent("run-1", Stage.SCORE, "late");

    @Test
    void aRefusedOpeningNamesTheRunThatIsAtWork() {
        process().open(late);
        process().claim("run-1");

        busy(() -> process().open(ManifestStoreContract.intent("run-2", Stage.SCORE, "late")));
    }

    @Test
    void theOpenerIsNamedBeforeItHasClaimed() {
        process().open(late);

        busy(() -> process().open(ManifestStoreContract.intent("run-2", Stage.SCORE, "late")));
    }

    @Test
    void whoeverTookARunOverIsNamed() {
        ManifestStore first = process();
        first.open(late);
        int attempt = first.claim("run-1");
        process().claim("run-1");

        busy(() -> first.checkStillMine("run-1", attempt));
    }

    @Test
    void whoeverGaveARunUpIsNamed() {
        process().open(late);
        process().openInstead(ManifestStoreContract.intent("run-2", Stage.SCORE, "late"), late);

        busy(() -> process().finish(late, List.of(), List.of()));
    }

    @Test
    void aProcessThatClaimedTheOthersRunInVainIsNotSentToItself() {
        process().open(late);
        ControlTable attempts = new ControlTable(
                DefaultEngine.create(new Configuration()),
                ops() + "/attempts",
                Stream.concat(
                                Stream.of("pipeline", "run_id", "claimed", "host", "actor")
                                        .map(name -> new Column(name, Type.STRING)),
                                Stream.of(new Column("attempt", Type.INT), new Column("process", Type.LONG)))
                        .toList(),
                () -> NOW);
        attempts.append(List.of(Map.of(
                "run_id",
                "run-1",
                "claimed",
                NOW.toString(),
                "host",
                "far",
                "actor",
                "a",
                "attempt",
                1,
                "process",
                7L,
                "year",
                2014)));
        process().finish(late, List.of(), List.of());
        process().claim("run-1");

        assertThatThrownBy(
                        () -> process().openInstead(ManifestStoreContract.intent("run-2", Stage.SCORE, "late"), late))
                .hasMessageContaining("PEN-RUN-050")
                .hasMessageContaining("by a on far, process 7");
    }

    @Test
    void tablesFromBeforeWorkersWereNotedStayInUse() {
        String old = "2013-01-01T00:00:00Z";
        ControlTable attempts = new ControlTable(
                DefaultEngine.create(new Configuration()),
                ops() + "/attempts",
                Stream.concat(
                                Stream.of("pipeline", "run_id", "claimed").map(name -> new Column(name, Type.STRING)),
                                Stream.of(new Column("attempt", Type.INT)))
                        .toList(),
                () -> NOW);
        attempts.append(List.of(
                Map.of("pipeline", "flight-delay", "run_id", "run-1", "claimed", old, "attempt", 1, "year", 2013)));
        process().open(late);

        assertThatThrownBy(() -> process().open(ManifestStoreContract.intent("run-2", Stage.SCORE, "late")))
                .hasMessageContaining("run run-1 of score late")
                .hasMessageContaining("since " + old);

        assertThat(process().claim("run-1")).isEqualTo(1);
        assertThat(attempts.rows()).extracting(row -> row.get("claimed")).containsExactly(old, NOW.toString());
    }

    private static void busy(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-RUN-050")
                .hasMessageContaining("run run-1 of score late 2013-12-25 … 2014-01-01")
                .hasMessageContaining("by " + Worker.here())
                .hasMessageContaining("since 2014-01-01T");
    }

    private ManifestStore process() {
        return new KernelManifestStore(ops(), "flight-delay", () -> NOW);
    }

    private String ops() {
        return folder.toUri() + "ops";
    }
}

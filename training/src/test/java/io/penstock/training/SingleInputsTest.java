package io.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.config.TrainingSpec.Leakage;
import io.penstock.core.model.Task;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SingleInputsTest {
    private static final List<String> NAMES =
            List.of("noise", "label", "down", "missing", "middle", "status", "ticket", "usual");

    /** Inputs that tell the label as it is, turned round, by being there, by a range in the middle, by categories. */
    private static SingleInputs shown(int rows, int mostRows, double wrong) {
        Random random = new Random(11);
        SingleInputs inputs = new SingleInputs(Task.binary(), NAMES, Set.of("status", "ticket"), mostRows);
        for (int row = 0; row < rows; row++) {
            boolean label = random.nextInt(5) == 0;
            boolean told = random.nextDouble() < wrong ? !label : label;
            float middle = told ? 0.4f + 0.2f * random.nextFloat() : random.nextBoolean() ? 0.3f : 0.7f;
            float[] values = {
                random.nextFloat(),
                told ? 15 + 100 * random.nextFloat() : 14 * random.nextFloat(),
                told ? -1 : 1 + random.nextFloat(),
                told ? Float.NaN : random.nextFloat(),
                middle,
                told ? 2 * random.nextInt(3) : 1 + 2 * random.nextInt(3),
                row,
                (label ? 0.5f : 0) + random.nextFloat()
            };
            inputs.take(values, 0, label ? 1 : 0);
        }
        return inputs;
    }

    @Test
    void anInputThatIsTheLabelInAnotherShapeIsFoundAndOthersAreNot() {
        assertThat(shown(2_000, SingleInputs.MOST_ROWS, 0).telling())
                .containsOnlyKeys("label", "down", "missing", "middle", "status")
                .allSatisfy((name, auc) -> assertThat(auc).as(name).isBetween(0.99, 1.0));
    }

    @Test
    void itIsRefusedToldOrAllowedAsDeclared() {
        SingleInputs inputs = shown(2_000, SingleInputs.MOST_ROWS, 0);

        assertThatThrownBy(() -> inputs.judged(Leakage.REFUSE, "late", "full"))
                .isInstanceOfSatisfying(PenstockException.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo("PEN-ML-050");
                    assertThat(refusal.exit()).isEqualTo(ExitCode.REFUSED);
                    assertThat(refusal.what()).contains("input label alone has an AUC of 1.0000 on the test slice");
                    assertThat(refusal.remedy()).contains("models.late.training.leakage");
                });
        assertThat(inputs.judged(Leakage.WARN, "late", "full"))
                .hasSize(5)
                .allSatisfy(verdict -> assertThat(verdict.outcome()).isEqualTo(Verdict.Outcome.WARNED));
        assertThat(inputs.judged(Leakage.ALLOW, "late", "full")).isEmpty();
        assertThat(shown(4_000, SingleInputs.MOST_ROWS, 0.05).judged(Leakage.REFUSE, "late", "full"))
                .isEmpty();
    }

    @Test
    void aFewRowsThatDifferDoNotHideIt() {
        assertThat(shown(20_000, SingleInputs.MOST_ROWS, 0.002).telling()).containsKeys("label", "down", "status");
    }

    @Test
    void whatIsOftenWrongIsAFeature() {
        assertThat(shown(4_000, SingleInputs.MOST_ROWS, 0.05).telling()).isEmpty();
    }

    @Test
    void ofManyRowsSomeAreKeptAndSayTheSame() {
        assertThat(shown(50_000, 4_000, 0).telling()).containsOnlyKeys("label", "down", "missing", "middle", "status");
    }

    @Test
    void fewRowsOfAClassSayNothing() {
        SingleInputs inputs = new SingleInputs(Task.binary(), List.of("x"), Set.of());
        for (int row = 0; row < 200; row++) {
            float label = row < 9 ? 1 : 0;
            inputs.take(new float[] {label}, 0, label);
        }
        assertThat(inputs.telling()).isEmpty();
    }
}

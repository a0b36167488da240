package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Stage;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoreDefinitionTest {
    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            the owner         | owner=somebody                                   | true
            where files land  | "sources.weather.path=w/landed={landed}/*"       | true
            the reasons       | models.late.scoring.reasons=3                    | true
            a training        | models.late.training.rounds=7                    | true
            a contract        | sources.weather.null-values=[x]                  | true
            a mode            | sources.outcomes.mode=append                     | false
            a key             | "sources.outcomes.key=[flight_id, origin]"       | false
            a view's version  | features.route_delays.version=2                  | false
            what is held back | "models.late.spine.hold.PEN-SCO-001=scheduled_departure < as_of" | false
            """)
    void whatReachesAScore(String what, String change, boolean still) {
        PipelineConfig then = config(Map.of());
        String[] setting = change.split("=", 2);
        PipelineConfig now = config(Map.of(setting[0], setting[1]));

        assertThat(new ScoreDefinition(now, now.models().get("late"))
                        .isStill(recipe(then, Stage.FEATURES), recipe(then, Stage.SCORE)))
                .isEqualTo(still);
    }

    @Test
    void aViewThatAModelDoesNotUseChangesNothingOfItsScores() {
        PipelineConfig then = config(Map.of());
        PipelineConfig.Model late = then.models().get("late");
        String features = recipe(then, Stage.FEATURES).replace("aircraft_delays", "plane_delays");

        assertThat(new ScoreDefinition(then, late).isStill(features, recipe(then, Stage.SCORE)))
                .isFalse();
        String other = recipe(then, Stage.FEATURES).replace("\"views\":{", "\"views\":{\"other\":\"view\",");
        assertThat(other).contains("\"other\":\"view\"");
        assertThat(new ScoreDefinition(then, late).isStill(other, recipe(then, Stage.SCORE)))
                .isTrue();
    }

    private static String recipe(PipelineConfig config, Stage stage) {
        return Stages.jobs(config, List.of()).stream()
                .filter(job -> job.stage().equals(stage))
                .findFirst()
                .orElseThrow()
                .recipe()
                .json();
    }

    private static PipelineConfig config(Map<String, String> overrides) {
        return ConfigLoader.load(
                Path.of(System.getProperty("penstock.home", ".."), "conf"),
                "flight-delay",
                "local",
                overrides,
                Map.of());
    }
}

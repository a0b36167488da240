package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Stage;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoreDefinitionTest {
    private static final Set<String> TABLES =
            new ScoreDefinition(config(Map.of()), config(Map.of()).models().get("late")).views();

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

        ScoreDefinition definition = new ScoreDefinition(now, now.models().get("late"));

        assertThat(definition.isStill(TABLES, views(then), recipe(then, Stage.INGEST), recipe(then, Stage.SCORE)))
                .isEqualTo(still);
        ModelSpec late = then.models().get("late");
        String whole = FormerRecipes.features(then).get(0).recipe().json();
        assertThat(definition.isStill(
                        TABLES,
                        TABLES.stream().collect(Collectors.toMap(table -> table, table -> whole)),
                        FormerRecipes.ingest(then).json(),
                        new ScoreJob(then, late).recipe().json()))
                .as("as recipes were before views had their own")
                .isEqualTo(still);
    }

    @Test
    void aViewThatAModelDoesNotUseChangesNothingOfItsScores() {
        PipelineConfig then = config(Map.of());
        ScoreDefinition definition = new ScoreDefinition(then, then.models().get("late"));
        String ingest = recipe(then, Stage.INGEST);
        String score = recipe(then, Stage.SCORE);
        Map<String, String> less = new TreeMap<>(views(then));
        less.remove("aircraft_delays_v1");
        Map<String, String> more = new TreeMap<>(views(then));
        more.put("other_v1", "{}");

        assertThat(definition.isStill(TABLES, less, ingest, score)).isFalse();
        assertThat(definition.isStill(TABLES, more, ingest, score)).isTrue();
        assertThat(definition.isStill(Set.of("other_v1"), more, ingest, score))
                .as("it was given one that it is not given now")
                .isFalse();
    }

    private static Map<String, String> views(PipelineConfig config) {
        return FeaturesJob.of(config).stream()
                .collect(Collectors.toMap(
                        FeaturesJob::subject, job -> job.recipe().json()));
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

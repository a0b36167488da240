package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.run.StageJob;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A recipe that changes makes everybody's units run again: on purpose, by its number, or not at all. So is one that was made
 * before and is not recognised any more.
 */
class RecipesTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            flight-delay    | ingest 1c343a5394a3, features carrier_delays_v1 879b77ec8d7b, features route_delays_v1 a85e2a2f34b7, features aircraft_delays_v1 e7cfde2709f5, features origin_delays_v1 7674de760d51, features dest_delays_v1 9f3a2b9c770c, features origin_weather_v1 a80acfa96727, features aircraft_v1 92432b8fe8b8, training-set 26a0b8305314, train fdfc3c173a59, promote 2a6dec791a1d, score 750344763550, evaluate c94f4a622486
            flight-delay-2h | ingest 96b1e377d320, training-set d8d486223fed, train b24192428272
            parcels         | ingest 7501c0ce063d, features depot_delays_v1 666f4b36d370, training-set 1c0f92bec5a7, train 7f82d4529f60, promote f80d2581b0c8, score c0871eac3619, evaluate 5038c7bc8eb2
            """)
    void recipesStayAsTheyAre(String pipeline, String expected) {
        assertThat(jobs(pipeline).entrySet().stream()
                        .map(job -> job.getKey() + " "
                                + job.getValue().recipe().sha256().substring(0, 12))
                        .collect(Collectors.joining(", ")))
                .isEqualTo(expected);
    }

    /** What commit a3dfe43 wrote into manifests. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            flight-delay    | ingest 8a150901ed4c, features 07a37b7ff295, training-set ee5e09b4be5a, train a8001a860cab, promote 76531c7d86b5, score 750344763550, evaluate 2f846f183352
            flight-delay-2h | ingest ea570d34fdce, training-set 5981ead39230, train 1223604746ae
            parcels         | ingest 5fd47575dcc0, features 063126db1a96, training-set 75467d8faacb, train 92dc58d7d6db, promote ff8d1921b974, score c0871eac3619, evaluate 82ba6545c863
            continued       | ingest 5fd47575dcc0, features 78557e7cb957, training-set 134718fdce4b, train b221aedcd028, promote 1449495e1a73, score c0871eac3619, evaluate 82ba6545c863
            """)
    void recipesOfBeforeAreRecognised(String pipeline, String expected) {
        Map<String, StageJob> jobs = jobs(pipeline);

        assertThat(expected.split(", ")).allSatisfy(one -> {
            String[] stage = one.split(" ");
            assertThat(jobs.entrySet().stream()
                            .filter(job -> job.getKey().split(" ")[0].equals(stage[0])))
                    .isNotEmpty()
                    .allSatisfy(job -> assertThat(java.util.stream.Stream.concat(
                                    java.util.stream.Stream.of(job.getValue().recipe()),
                                    job.getValue().former().stream()))
                            .extracting(recipe -> recipe.sha256().substring(0, 12))
                            .contains(stage[1]));
        });
    }

    @Test
    void aKeyAtItsUsualValueIsInNoRecipe() {
        PipelineConfig config = config("flight-delay");

        assertThat(Definitions.gate(config.models().get("late"))).isNotEmpty();
        assertThat(Definitions.source(config.source("weather")))
                .doesNotContainKeys("name", "comment", "path", "max_reject_rate", "current", "mode", "format");
        assertThat(config.sources().values())
                .allSatisfy(source ->
                        assertThat(Definitions.source(source).values()).doesNotContain("", false));
    }

    private static Map<String, StageJob> jobs(String pipeline) {
        return Stages.jobs(config(pipeline), java.util.List.of()).stream()
                .collect(Collectors.toMap(
                        job -> job.stage().id() + (job instanceof FeaturesJob ? " " + job.subject() : ""),
                        job -> job,
                        (one, other) -> one,
                        java.util.LinkedHashMap::new));
    }

    private static PipelineConfig config(String pipeline) {
        Map<String, String> folders =
                Map.of("parcels", "tests/src/test/resources/e2e", "continued", "tests/src/test/resources/continued");
        Path folder = HOME.resolve(folders.getOrDefault(pipeline, "conf"));
        return ConfigLoader.load(folder, pipeline, "local", Map.of(), Map.of());
    }
}

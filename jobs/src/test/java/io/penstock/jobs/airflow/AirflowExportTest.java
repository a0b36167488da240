package io.penstock.jobs.airflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class AirflowExportTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final PipelineConfig FLIGHT_DELAY =
            ConfigLoader.load(HOME.resolve("conf"), "flight-delay", "local", Map.of(), Map.of());

    @Test
    void theCommittedFileIsWhatTheConfigurationGives() throws IOException {
        String committed = Files.readString(HOME.resolve("airflow/dags/flight_delay.py"));

        assertThat(AirflowExport.render(FLIGHT_DELAY))
                .as("run: bin/penstock airflow export flight-delay")
                .isEqualTo(committed);
    }

    @Test
    void theFileDoesNotDependOnTheEnvironment() {
        PipelineConfig elsewhere = ConfigLoader.load(
                HOME.resolve("conf"), "flight-delay", "local", Map.of(), Map.of("PENSTOCK_WORK", "elsewhere"));

        assertThat(AirflowExport.render(elsewhere)).isEqualTo(AirflowExport.render(FLIGHT_DELAY));
    }

    @Test
    void theFirstIntervalEndsAtTheCutOfTheFirstScoredUnit() {
        assertThat(AirflowExport.render(FLIGHT_DELAY))
                .contains("schedule=CronDataIntervalTimetable(\"0 8 * * *\", timezone=\"UTC\")")
                .contains("start_date=datetime(2013, 12, 24, 8, 0, tzinfo=timezone.utc)");
    }

    @Test
    void cutAndZoneOfTheScheduleAreKept() {
        String file = AirflowExport.render(at(LocalTime.of(5, 30), "America/New_York", 1));

        assertThat(file)
                .contains("CronDataIntervalTimetable(\"30 5 * * *\", timezone=\"America/New_York\")")
                .contains("start_date=datetime(2013, 12, 24, 10, 30, tzinfo=timezone.utc)");
    }

    @Test
    void aScheduleThatNoCronLineSaysIsRefused() {
        assertThatThrownBy(() -> AirflowExport.render(at(LocalTime.of(8, 0), "UTC", 7)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-AIR-001")
                .hasMessageContaining("every 7 days at 08:00");
        assertThatThrownBy(() -> AirflowExport.render(at(LocalTime.of(8, 0), "+02:00", 1)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("zone +02:00");
    }

    @Test
    void theUsersWordsStayTextWhateverTheyHold() {
        PipelineConfig odd = described("\"\"\" + x @OWNER@ {{ y }} \\ \n", "o'\"@DESCRIPTION@");

        assertThat(AirflowExport.render(odd))
                .contains("description=\"\\\"\\\"\\\" + x @OWNER@ {{ y }} \\\\ \\u000a\",")
                .contains("\"owner\": \"o'\\\"@DESCRIPTION@\",");
    }

    @Test
    void deltaComesInTheVersionOfTheBuild() throws IOException {
        Matcher version = Pattern.compile("<delta.version>(.+)</delta.version>")
                .matcher(Files.readString(HOME.resolve("pom.xml")));

        assertThat(version.find()).isTrue();
        assertThat(AirflowExport.render(FLIGHT_DELAY)).contains("io.delta:delta-spark_2.12:" + version.group(1) + "\"");
    }

    private static PipelineConfig at(LocalTime cut, String zone, int days) {
        return copy(FLIGHT_DELAY.owner(), FLIGHT_DELAY.description(), new Schedule(days, cut, ZoneId.of(zone)));
    }

    private static PipelineConfig described(String description, String owner) {
        return copy(owner, description, FLIGHT_DELAY.schedule());
    }

    private static PipelineConfig copy(String owner, String description, Schedule schedule) {
        return new PipelineConfig(
                FLIGHT_DELAY.pipeline(),
                owner,
                description,
                schedule,
                FLIGHT_DELAY.locations(),
                FLIGHT_DELAY.sources(),
                FLIGHT_DELAY.features(),
                FLIGHT_DELAY.models(),
                FLIGHT_DELAY.files());
    }
}

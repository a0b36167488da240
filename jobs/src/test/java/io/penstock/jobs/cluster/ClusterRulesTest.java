package io.penstock.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.jobs.cluster.ClusterFacts.Driver;
import io.penstock.jobs.cluster.ClusterFacts.ExecutorFacts;
import io.penstock.jobs.cluster.ClusterSettings.WorkerSize;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterRulesTest {
    private static final String STANDALONE = "spark://master:7077";
    private static final Driver DRIVER = new Driver(17, "3.5.9", "hdfs:///warehouse", "hdfs:///landing", true);
    private static final List<WorkerSize> TWO_WORKERS =
            List.of(new WorkerSize("a", 2, 4096), new WorkerSize("b", 2, 4096));
    private static final ExecutorFacts FINE = executor("0", "a", 17, "3.5.9", List.of(), true, true, true);

    @Test
    void aClusterThatFitsHasNoProblem() {
        assertThat(ClusterRules.judge(facts(settings(2, Map.of()), 4, List.of(FINE))))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    spark.cores.max=3                                             | 3
                    spark.executor.cores=2, spark.cores.max=3                     | 2
                    spark.executor.cores=2, spark.task.cpus=2                     | 2
                    spark.task.cpus=3                                             | 0
                    spark.executor.memory=5g                                      | 0
                    spark.executor.memory=3g, spark.executor.cores=1              | 2
                    spark.executor.memory=2g, spark.executor.cores=1              | 4
                    spark.executor.cores=3                                        | 0
                    """)
    void slotsThatAStandaloneClusterCanEverGive(String conf, int most) {
        ClusterSettings settings = settings(9, parse(conf));

        assertThat(settings.mostSlots(TWO_WORKERS)).hasValue(most);
        assertThat(codes(facts(settings, 0, List.of()))).containsExactly("PEN-CLU-002");
    }

    @ParameterizedTest
    @CsvSource({"yarn, 6", "k8s://https://api:6443, 6"})
    void elsewhereTheNumberOfExecutorsIsTheLimit(String master, int most) {
        SparkConf conf = new SparkConf(false)
                .set("spark.master", master)
                .set("spark.executor.instances", "3")
                .set("spark.executor.cores", "2");

        assertThat(ClusterSettings.of(conf, 1).mostSlots(List.of())).hasValue(most);
        assertThat(ClusterSettings.of(conf.set("spark.dynamicAllocation.enabled", "true"), 1)
                        .mostSlots(List.of()))
                .isEmpty();
    }

    @Test
    void withoutTrainingOneSlotIsEnough() {
        assertThat(ClusterRules.judge(facts(settings(0, Map.of("spark.cores.max", "1")), 1, List.of(FINE))))
                .isEmpty();
    }

    @Test
    void slotsThatMayStillComeAreWaitedFor() {
        ClusterProblem problem = only(facts(settings(3, Map.of()), 2, List.of(FINE)));

        assertThat(problem.code().code()).isEqualTo("PEN-CLU-001");
        assertThat(problem.exit()).isEqualTo(ExitCode.RETRY);
        assertThat(problem.what()).isEqualTo("Only 2 of 3 task slots that the training needs are there after 20 s");
    }

    @Test
    void slotsThatCannotComeNeedAnotherSetting() {
        ClusterProblem problem = only(facts(settings(5, Map.of("spark.cores.max", "3")), 3, List.of(FINE)));

        assertThat(problem.code().code()).isEqualTo("PEN-CLU-002");
        assertThat(problem.exit()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(problem.what())
                .isEqualTo("Cannot train with 5 workers: there are at most 3 task slots (spark.cores.max 3, 2 workers"
                        + " with 4 cores)");
    }

    @Test
    void noExecutorAtAllIsWorthARetry() {
        ClusterProblem problem = only(facts(settings(0, Map.of()), 0, List.of()));

        assertThat(problem.code().code()).isEqualTo("PEN-CLU-001");
        assertThat(problem.what()).isEqualTo("No executor has come up after 20 s");
        assertThat(problem.where()).contains("app-1");
    }

    @Test
    void dynamicAllocationIsRefusedForTrainingAlone() {
        Map<String, String> dynamic = Map.of("spark.dynamicAllocation.enabled", "true");

        assertThat(codes(facts(settings(2, dynamic), 0, List.of()))).containsExactly("PEN-CLU-003");
        assertThat(codes(facts(settings(0, dynamic), 1, List.of(FINE)))).isEmpty();
    }

    @Test
    void packagesThatAnExecutorKeepsClosedAreToldWithTheFlags() {
        ExecutorFacts closed = executor("3", "b", 17, "3.5.9", List.of("sun.nio.ch"), true, true, true);

        ClusterProblem problem = only(facts(settings(0, Map.of()), 2, List.of(FINE, closed)));

        assertThat(problem.code().code()).isEqualTo("PEN-CLU-004");
        assertThat(problem.what()).endsWith("executor 3 on b (sun.nio.ch)");
        assertThat(problem.remedy()).contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    }

    @Test
    void anotherJavaOrSparkIsToldWithItsHost() {
        List<ClusterProblem> problems = ClusterRules.judge(facts(
                settings(0, Map.of()),
                2,
                List.of(
                        FINE,
                        executor("1", "b", 21, "3.5.9", List.of(), true, true, true),
                        executor("2", "c", 17, "3.5.8", List.of(), true, true, true))));

        assertThat(problems)
                .extracting(ClusterProblem::what)
                .containsExactly(
                        "Executors run another Java than the driver's 17: executor 1 on b (Java 21)",
                        "Executors run another Spark than the driver's 3.5.9: executor 2 on c (Spark 3.5.8)");
    }

    @Test
    void aWarehouseThatIsNotSharedIsNotAskedForWritingToo() {
        ExecutorFacts blind = executor("1", "b", 17, "3.5.9", List.of(), false, true, false);
        ExecutorFacts barred = executor("2", "c", 17, "3.5.9", List.of(), true, true, false);

        assertThat(ClusterRules.judge(facts(settings(0, Map.of()), 2, List.of(FINE, blind, barred))))
                .extracting(ClusterProblem::what)
                .containsExactly(
                        "Executors do not see what the driver writes below hdfs:///warehouse: executor 1 on b (warehouse)",
                        "Executors cannot write below hdfs:///warehouse: executor 2 on c (warehouse)");
    }

    @Test
    void aLandingFolderCountsOnceTheDriverSeesOne() {
        ExecutorFacts blind = executor("1", "b", 17, "3.5.9", List.of(), true, false, true);
        ClusterFacts seen = facts(settings(0, Map.of()), 2, List.of(FINE, blind));
        ClusterFacts notYet = new ClusterFacts(
                seen.application(),
                seen.settings(),
                seen.cluster(),
                seen.slots(),
                seen.waitedSeconds(),
                new Driver(17, "3.5.9", DRIVER.warehouse(), DRIVER.landing(), false),
                seen.executors());

        assertThat(codes(seen)).containsExactly("PEN-CLU-007");
        assertThat(codes(notYet)).isEmpty();
    }

    @Test
    void allProblemsComeAtOnceAndASettingComesBeforeARetry() {
        ExecutorFacts wrong = executor("1", "b", 21, "3.5.9", List.of(), false, true, false);

        PenstockException exception =
                ClusterProblem.exception(ClusterRules.judge(facts(settings(3, Map.of()), 2, List.of(wrong))));

        assertThat(exception.code()).isEqualTo("PEN-CLU-005");
        assertThat(exception.exit()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(exception.what())
                .startsWith("3 problems with the cluster:")
                .contains("PEN-CLU-001", "PEN-CLU-005", "PEN-CLU-007");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Lost task 1.3 in stage 0.0 (TID 6) (10.0.0.7 executor 0): java.lang.UnsupportedClassVersionError: X has been compiled by a more recent version of the Java Runtime (class file version 61.0), this version of the Java Runtime only recognizes class file versions up to 55.0 | PEN-CLU-005 | executor 0 on 10.0.0.7 (Java 11)
                    java.io.InvalidClassException: org.apache.spark.X; local class incompatible | PEN-CLU-006 | another Spark
                    ExecutorLostFailure (executor 0 exited) | PEN-CLU-009 | cannot be asked
                    """)
    void whyTheQuestionFailed(String message, String code, String told) {
        PenstockException exception = ProbeFailures.exception(new IllegalStateException(message));

        assertThat(exception.code()).isEqualTo(code);
        assertThat(exception.what()).contains(told);
    }

    @Test
    void nothingIsClosedWhereSparksFlagsAreGiven() {
        assertThat(ModuleFlags.closed()).isEmpty();
        assertThat(ModuleFlags.line().split(" "))
                .hasSizeGreaterThan(10)
                .allMatch(flag -> flag.startsWith("--add-opens=java."));
    }

    private static ClusterSettings settings(int workers, Map<String, String> more) {
        SparkConf conf = new SparkConf(false).set("spark.master", STANDALONE);
        more.forEach(conf::set);
        return ClusterSettings.of(conf, workers);
    }

    private static Map<String, String> parse(String conf) {
        return java.util.Arrays.stream(conf.split(", *"))
                .map(String::trim)
                .collect(java.util.stream.Collectors.toMap(
                        setting -> setting.split("=")[0], setting -> setting.split("=")[1]));
    }

    private static ClusterFacts facts(ClusterSettings settings, int slots, List<ExecutorFacts> executors) {
        return new ClusterFacts("app-1", settings, TWO_WORKERS, slots, 20, DRIVER, executors);
    }

    private static ExecutorFacts executor(
            String id,
            String host,
            int java,
            String spark,
            List<String> closed,
            boolean seesWarehouse,
            boolean seesLanding,
            boolean writes) {
        return new ExecutorFacts(id, host, java, spark, closed, seesWarehouse, seesLanding, writes);
    }

    private static ClusterProblem only(ClusterFacts facts) {
        List<ClusterProblem> problems = ClusterRules.judge(facts);
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    private static List<String> codes(ClusterFacts facts) {
        return ClusterRules.judge(facts).stream()
                .map(problem -> problem.code().code())
                .toList();
    }
}

package io.penstock.jobs.cluster;

import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.jobs.cluster.ClusterFacts.ExecutorFacts;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.status.api.v1.ExecutorSummary;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** One Spark job with one task on each executor, which says what that executor is and sees. */
final class ExecutorProbe implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final String DRIVER = "driver"; // among executors as Spark names it

    private final SerializableConfiguration hadoop;
    private final String folder;
    private final String landing;

    ExecutorProbe(Configuration hadoop, String folder, String landing) {
        this.hadoop = new SerializableConfiguration(hadoop);
        this.folder = folder;
        this.landing = landing;
    }

    /** Executors that are registered now, the driver left out. */
    static List<ExecutorSummary> executors(SparkContext context) {
        return JavaConverters.seqAsJavaList(context.statusStore().executorList(true)).stream()
                .filter(executor -> !executor.id().equals(DRIVER))
                .toList();
    }

    /**
     * Asks each of them. A task that names its executor is started there and nowhere else while that executor is free, and
     * nothing else runs yet.
     *
     * @param executors none to ask any one that comes
     * @param waitNs for such a one, beside the time for its answer
     * @throws PenstockException {@code PEN-CLU-005}, {@code 006}, {@code 009} when they cannot answer
     */
    List<ExecutorFacts> ask(SparkContext context, List<ExecutorSummary> executors, long waitNs) {
        ClassTag<String> text = ClassTag$.MODULE$.apply(String.class);
        List<Tuple2<String, Seq<String>>> tasks = executors.stream()
                .map(executor ->
                        new Tuple2<>(executor.id(), seq(List.of("executor_" + host(executor) + "_" + executor.id()))))
                .toList();
        if (tasks.isEmpty()) {
            tasks = List.of(new Tuple2<>("any", seq(List.of())));
        }
        long patienceNs = PATIENCE_NS + (executors.isEmpty() ? waitNs : 0);
        String description = context.getLocalProperty("spark.job.description");
        context.setJobDescription("penstock preflight");
        JavaFutureAction<List<String>> answers = new JavaRDD<>(context.makeRDD(seq(tasks), text), text)
                .map(id -> answer())
                .collectAsync();
        context.setJobDescription(description);
        try {
            return answers.get(patienceNs, TimeUnit.NANOSECONDS).stream()
                    .map(answer -> Json.read(answer, ExecutorFacts.class))
                    .toList();
        } catch (ExecutionException e) {
            throw ProbeFailures.exception(e.getCause());
        } catch (TimeoutException e) {
            answers.cancel(true);
            throw ProbeFailures.silent(TimeUnit.NANOSECONDS.toSeconds(patienceNs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String answer() {
        String id = SparkEnv.get().executorId();
        boolean sees = SharedFolder.hasDriversFile(hadoop.value(), folder);
        if (sees) {
            SharedFolder.leave(hadoop.value(), folder, id);
        }
        return Json.canonical(new ExecutorFacts(
                id,
                SparkEnv.get().blockManager().blockManagerId().host(),
                Runtime.version().feature(),
                org.apache.spark.package$.MODULE$.SPARK_VERSION(),
                ModuleFlags.closed(),
                sees,
                SharedFolder.exists(hadoop.value(), landing),
                false));
    }

    private static String host(ExecutorSummary executor) {
        return executor.hostPort().replaceFirst(":\\d+$", "");
    }

    private static <T> Seq<T> seq(List<T> list) {
        return JavaConverters.asScalaBuffer(list).toSeq();
    }
}

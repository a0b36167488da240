package io.penstock.training.mlflow;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowHttpException;

/** MLflow's Java client, which sets no timeouts, under a deadline: a call that outlives it is left to a daemon thread. */
final class TypedClient {
    private final String base;
    private final Duration deadline;
    private final MlflowClient client;
    private final ExecutorService calls = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "mlflow-client");
        thread.setDaemon(true);
        return thread;
    });

    TypedClient(String base, Duration deadline) {
        this.base = base;
        this.deadline = deadline;
        this.client = new MlflowClient(base);
    }

    <T> T call(String what, Function<MlflowClient, T> call) {
        Future<T> future = calls.submit(() -> call.apply(client));
        try {
            return future.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw MlflowErrors.down(base, new TimeoutException("no answer within " + deadline.toSeconds() + " s"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw MlflowErrors.down(base, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MlflowHttpException http) {
                throw http.getStatusCode() == 403 || http.getStatusCode() == 401
                        ? MlflowErrors.forbidden(base, http.getStatusCode())
                        : MlflowErrors.wrong(base, "answered " + what + " with " + http.getStatusCode(), http);
            }
            throw MlflowErrors.down(base, e.getCause() instanceof Exception cause ? cause : e);
        }
    }
}

package io.penstock.tests.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For a class whose tests must see the plans that Spark compiles, as users get them: end to end, twins, parity, benchmarks.
 * All others have their plans interpreted, which for a few rows takes a fifth off the time.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(CompiledPlans.Settings.class)
public @interface CompiledPlans {
    /** Sets Spark's own defaults, in this process and those that it starts, while the tests of a class run. */
    final class Settings implements BeforeAllCallback, AfterAllCallback {
        private static final Map<String, String> DEFAULTS =
                Map.of("spark.sql.codegen.wholeStage", "true", "spark.sql.codegen.factoryMode", "FALLBACK");

        private final Map<String, String> before = new HashMap<>();

        @Override
        public void beforeAll(ExtensionContext context) {
            DEFAULTS.forEach((name, value) -> before.put(name, System.setProperty(name, value)));
        }

        @Override
        public void afterAll(ExtensionContext context) {
            before.forEach((name, value) -> {
                if (value == null) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
        }
    }
}

package io.penstock.core.config;

/** The environment whose tables this one reads where it has none of its own, and never writes. */
public record BaseEnvironment(String environment, PipelineConfig config) {}

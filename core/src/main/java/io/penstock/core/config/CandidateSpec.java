package io.penstock.core.config;

import java.util.List;
import java.util.Map;

/** @param views feature views it uses (a subset of the model's); row features are always used */
public record CandidateSpec(String name, List<String> views, Map<String, String> params) {}

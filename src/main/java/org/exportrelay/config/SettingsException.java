package org.exportrelay.config;

import java.util.List;

/** Settings that cannot be used: one line per problem, each with key, value, rule and fix. */
public class SettingsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param problem one line
     */
    public SettingsException(String problem) {
        super(problem);
    }

    /**
     * @param problems at least one line
     */
    public SettingsException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
    }
}

package org.exportrelay.bench;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;

/** Runs the statements on standard input in the PostgreSQL database of the first argument. */
final class Sql {

    private Sql() {}

    public static void main(String... args) throws Exception {
        String statements = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        try (Connection connection = DriverManager.getConnection(args[0]);
                Statement statement = connection.createStatement()) {
            for (String each : statements.split(";\n")) {
                if (!each.isBlank()) {
                    statement.execute(each);
                }
            }
        }
    }
}

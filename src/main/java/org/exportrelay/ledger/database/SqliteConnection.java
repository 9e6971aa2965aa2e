package org.exportrelay.ledger.database;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.statement.DefaultStatementBuilder;
import org.jdbi.v3.core.statement.StatementBuilder;
import org.jdbi.v3.core.statement.StatementBuilderFactory;
import org.jdbi.v3.core.statement.StatementContext;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The one connection that this process has to an SQLite ledger, lent to one thread at a time. SQLite
 * has one writer: a queue here costs less than a pool whose connections lock each other out. Prepared
 * statements are kept, since preparing takes longer than most of them do. Thread-safe.
 */
final class SqliteConnection implements ConnectionFactory, AutoCloseable {

    private static final int MOST_STATEMENTS = 100;
    /** Pages of 4 KiB between two checkpoints, each of which waits for the disk. */
    private static final int PAGES_BETWEEN_CHECKPOINTS = 4000;
    /** A thread that had the connection for so long lets those that wait for it go first. */
    private static final long LONG_NANOS = 5_000_000;

    private static final long GIVE_WAY_NANOS = 200_000;

    private final SQLiteDataSource dataSource;
    private final ReentrantLock lent = new ReentrantLock();
    private Connection connection;
    private long lentAt;

    /**
     * @param url {@code jdbc:sqlite:FILE}
     * @param patience longest wait for another process that is writing
     */
    SqliteConnection(String url, Duration patience) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.enforceForeignKeys(true);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout((int) patience.toMillis());
        dataSource = new SQLiteDataSource(config);
        dataSource.setUrl(url);
    }

    /** Opens connections of its own; for work that ends before this one is used. */
    DataSource dataSource() {
        return dataSource;
    }

    @Override
    public Connection openConnection() throws SQLException {
        lent.lock();
        try {
            if (connection == null || connection.isClosed()) {
                connection = dataSource.getConnection();
                try (Statement statement = connection.createStatement()) {
                    statement.execute("PRAGMA wal_autocheckpoint = " + PAGES_BETWEEN_CHECKPOINTS);
                }
            }
            if (lent.getHoldCount() == 1) {
                lentAt = System.nanoTime();
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            lent.unlock();
            throw e;
        }
    }

    /** A connection that a failure, such as a full disk, left inside a transaction is closed, not lent again. */
    @Override
    public void closeConnection(Connection borrowed) throws SQLException {
        try {
            if (!borrowed.getAutoCommit()) {
                borrowed.close();
            }
        } finally {
            boolean wasLong = System.nanoTime() - lentAt > LONG_NANOS;
            lent.unlock();
            if (wasLong && !lent.isHeldByCurrentThread()) {
                giveWay();
            }
        }
    }

    /**
     * The lock is not fair, since that would cost each short statement a switch of threads. But a thread that does much
     * work in many transactions, as the one that creates deliveries, would take the connection again before a thread
     * that waits for it is awake.
     */
    private void giveWay() {
        if (lent.hasQueuedThreads()) {
            LockSupport.parkNanos(GIVE_WAY_NANOS);
        }
    }

    @Override
    public void close() throws SQLException {
        lent.lock();
        try {
            if (connection != null) {
                connection.close();
            }
        } finally {
            lent.unlock();
        }
    }

    /** Keeps prepared statements for the next thread that borrows the connection; used while it is lent. */
    static final class Statements implements StatementBuilder, StatementBuilderFactory {

        private final StatementBuilder plain = new DefaultStatementBuilder();
        private final Map<Statement, String> used = new IdentityHashMap<>();
        private final Map<String, PreparedStatement> kept = new LinkedHashMap<>(16, 0.75f, true);
        private Connection owner;

        @Override
        public StatementBuilder createStatementBuilder(Connection connection) {
            return this;
        }

        @Override
        public PreparedStatement create(Connection connection, String sql, StatementContext context)
                throws SQLException {
            if (owner != connection) {
                kept.clear();
                used.clear();
                owner = connection;
            }
            // Not kept while it is in use: the same text may be executed while its own result is read.
            PreparedStatement statement = kept.remove(sql);
            if (statement == null) {
                statement = plain.create(connection, sql, context);
            }
            used.put(statement, sql);
            return statement;
        }

        /** Jdbi passes the text with named parameters here, not the one that was prepared. */
        @Override
        public void close(Connection connection, String named, Statement statement) throws SQLException {
            String sql = used.remove(statement);
            if (sql == null || statement.isClosed()) {
                plain.close(connection, named, statement);
                return;
            }
            PreparedStatement prepared = (PreparedStatement) statement;
            prepared.clearBatch();
            prepared.clearParameters();
            PreparedStatement same = kept.put(sql, prepared);
            if (same != null) {
                same.close();
            }
            if (kept.size() > MOST_STATEMENTS) {
                Iterator<PreparedStatement> oldest = kept.values().iterator();
                oldest.next().close();
                oldest.remove();
            }
        }

        @Override
        public Statement create(Connection connection, StatementContext context) throws SQLException {
            return plain.create(connection, context);
        }

        @Override
        public CallableStatement createCall(Connection connection, String sql, StatementContext context)
                throws SQLException {
            return plain.createCall(connection, sql, context);
        }
    }
}

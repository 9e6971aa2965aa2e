/** The ledger's database connection: SQLite or PostgreSQL, migrations, group commit. */
package org.exportrelay.ledger.database;

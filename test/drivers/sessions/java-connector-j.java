// MariaDB Connector/J: pipelined prepares, rewritten and bulk batches, cursors, OUT parameters, several results.
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.*;

class ConnectorJ {
  static void told(String text, String key, long value) {
    System.out.println("{\"text\": \"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\", \"" + key + "\": " + value + "}");
  }

  /** Without server-side prepares the text that is sent has the values in it. */
  static boolean isAsSent;

  static void run(Connection c, String text, int fetch, Object... values) throws SQLException {
    boolean tells = (values.length == 0 || isAsSent) && !text.contains(";") && !text.startsWith("CALL");
    try (PreparedStatement s = c.prepareStatement(text)) {
      s.setFetchSize(fetch);
      for (int i = 0; i < values.length; i++) s.setObject(i + 1, values[i]);
      boolean isRows = s.execute();
      if (isRows) {
        int rows = 0;
        try (ResultSet r = s.getResultSet()) { while (r.next()) rows++; }
        boolean more = s.getMoreResults() || s.getUpdateCount() >= 0;
        while (more) more = s.getMoreResults() || s.getUpdateCount() >= 0;
        if (tells) told(text, "rows", rows);
      } else if (tells) {
        told(text, "affected", s.getUpdateCount());
      }
    } catch (SQLException e) {
      if (tells) told(text, "error", e.getErrorCode());
    }
  }

  static void batch(Connection c, String text) throws SQLException {
    try (PreparedStatement s = c.prepareStatement(text)) {
      for (int i = 0; i < 6; i++) {
        s.setInt(1, i);
        s.setString(2, i % 3 == 0 ? null : "row " + i);
        s.addBatch();
      }
      s.executeBatch();
    }
  }

  static Connection connect(String[] args, String more) throws SQLException {
    String url = "jdbc:mariadb://127.0.0.1:" + args[0] + "/tap?allowMultiQueries=true&allowPublicKeyRetrieval=true&allowLocalInfile=true" + more;
    return DriverManager.getConnection(url, args[1], args[2]);
  }

  public static void main(String[] args) throws SQLException {
    String insert = "INSERT INTO item (i, u, d, f, s, b, t, da, ti) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    Object[] values = { -42, new BigInteger("18446744073709551615"), new BigDecimal("12345.678901"), 0.1, "it's\\ ☃",
      new byte[] { 0, 1, (byte) 254, (byte) 255 }, Timestamp.valueOf("2026-02-03 04:05:06.789012"), Date.valueOf("2024-02-29"), Time.valueOf("04:05:06") };
    String only = System.getenv("CONNECTOR_OPTIONS");
    String[] all = { "", "&useServerPrepStmts=true", "&useServerPrepStmts=true&useBulkStmts=true&cachePrepStmts=true", "&rewriteBatchedStatements=true&disablePipeline=true", "&useCompression=true&useServerPrepStmts=true" };
    for (String more : only == null ? all : new String[] { only }) {
      isAsSent = more.contains("useServerPrepStmts");
      try (Connection c = connect(args, more)) {
        run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`", 0);
        run(c, "INSERT INTO item (i, s) VALUES (1, 'one'), (2, NULL), (3, '')", 0);
        run(c, "SELECT s, i FROM item WHERE i = ? ORDER BY id LIMIT 3", 0, 1);
        run(c, "SELECT s, i FROM item WHERE i = ? ORDER BY id LIMIT 3", 0, 2);
        run(c, insert, 0, values);
        run(c, insert, 0, new Object[9]);
        run(c, "SELECT missing FROM item WHERE id = ?", 0, 1);
        run(c, "SELECT n FROM number WHERE n < ?", 100, 250);
        run(c, "SELECT n, REPEAT(n, 50) FROM number", 0);
        run(c, "SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4", 0);
        batch(c, "INSERT INTO item (i, s) VALUES (?, ?)");
        batch(c, "UPDATE item SET i = ? WHERE s = ?");
        try (CallableStatement s = c.prepareCall("{call two_results(?, ?)}")) {
          s.setInt(1, 3);
          s.registerOutParameter(2, Types.INTEGER);
          boolean isRows = s.execute();
          while (isRows || s.getUpdateCount() >= 0) isRows = s.getMoreResults();
          s.getInt(2);
        }
        c.setAutoCommit(false);
        run(c, "DELETE FROM item WHERE i = 7", 0);
        c.rollback();
        c.setAutoCommit(true);
        c.setCatalog("tap2");
        run(c, "SELECT DATABASE()", 0);
        c.isValid(1);
      }
    }
    try { connect(new String[] { args[0], args[1], "wrong" }, ""); } catch (SQLException e) { }
  }
}

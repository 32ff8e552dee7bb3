// Go's go-sql-driver: text, prepared statements with every type, several results, reset sessions, a file, compression.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

func told(text string, key string, value int64) {
	line, _ := json.Marshal(map[string]any{"text": text, key: value})
	fmt.Println(string(line))
}

func failed(text string, err error) bool {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		told(text, "error", int64(e.Number))
	} else if err != nil {
		panic(err)
	}
	return err != nil
}

func query(c *sql.Conn, text string, values ...any) {
	rows, err := c.QueryContext(context.Background(), text, values...)
	if failed(text, err) {
		return
	}
	defer rows.Close()
	n := int64(0)
	for rows.Next() {
		n++
	}
	if failed(text, rows.Err()) {
		return
	}
	if !rows.NextResultSet() {
		told(text, "rows", n)
	}
	for rows.NextResultSet() {
	}
}

func exec(c *sql.Conn, text string, values ...any) {
	result, err := c.ExecContext(context.Background(), text, values...)
	if failed(text, err) {
		return
	}
	if n, _ := result.RowsAffected(); !strings.Contains(text, ";") {
		told(text, "affected", n)
	}
}

func main() {
	dsn := fmt.Sprintf("%s:%s@tcp(127.0.0.1:%s)/tap?multiStatements=true&allowNativePasswords=true&connectionAttributes=program_name:session", os.Args[2], os.Args[3], os.Args[1])
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	c, err := db.Conn(ctx)
	if err != nil {
		panic(err)
	}
	query(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
	exec(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'go'), (2, NULL, 'second'), (3, '', NULL)")
	query(c, "SELECT s, i FROM item ORDER BY id")
	exec(c, "INSERT INTO item (note) VALUES ('go')")
	query(c, "SELECT nothing FROM item")
	query(c, "SELECT n, REPEAT(n, 50) FROM number")
	query(c, "SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number")
	query(c, "CALL two_results(3, @b)")
	query(c, "SELECT 1; SELECT n FROM number WHERE n < 4")
	exec(c, "INSERT INTO item (i) VALUES (7), (8); DELETE FROM item WHERE i = 7")
	at := time.Date(2026, 2, 3, 4, 5, 6, 789012000, time.UTC)
	insert := "INSERT INTO item (i, u, d, f, s, b, t) VALUES (?, ?, ?, ?, ?, ?, ?)"
	exec(c, insert, -42, uint64(18446744073709551615), "12345.678901", 0.1, "it's\\ ☃", []byte{0, 1, 254, 255}, at)
	exec(c, insert, nil, nil, nil, nil, nil, nil, nil)
	statement, err := c.PrepareContext(ctx, "SELECT id, s FROM item WHERE id = ?")
	if err != nil {
		panic(err)
	}
	for _, id := range []any{1, int64(2), nil, "3"} {
		rows, err := statement.Query(id)
		if err != nil {
			panic(err)
		}
		n := int64(0)
		for rows.Next() {
			n++
		}
		told("SELECT id, s FROM item WHERE id = ?", "rows", n)
	}
	statement.Close()
	query(c, "SELECT missing FROM item WHERE id = ?", 1)
	exec(c, "INSERT INTO item (b) VALUES (?)", make([]byte, 200000))
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		panic(err)
	}
	tx.Exec("DELETE FROM item WHERE i = 8")
	tx.Rollback()
	c.PingContext(ctx)
	mysql.RegisterReaderHandler("file", func() io.Reader { return strings.NewReader(strings.Repeat("1\tone\n2\ttwo\n", 100)) })
	exec(c, "LOAD DATA LOCAL INFILE 'Reader::file' INTO TABLE item (i, s)")
	c.Close()
	db.Close()
	compressed, _ := sql.Open("mysql", dsn+"&compress=true")
	c, err = compressed.Conn(ctx)
	if err != nil {
		panic(err)
	}
	query(c, "SELECT n, REPEAT(n, 50) FROM number")
	query(c, "SELECT ? + 1", 1)
	c.Close()
	compressed.Close()
	refused, _ := sql.Open("mysql", strings.Replace(dsn, os.Args[3], "wrong", 1))
	refused.Ping()
}

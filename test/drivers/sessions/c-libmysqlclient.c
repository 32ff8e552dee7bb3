/* The C library: every command it can send: attributes, long data, cursors, OUT parameters, resets, lists, zstd, 16 MiB and more. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void told(const char *text, const char *key, long long value)
{
	printf("{\"text\": \"");
	for (; *text; text++)
		printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	printf("\", \"%s\": %lld}\n", key, value);
}

static void drain(MYSQL *c)
{
	do {
		MYSQL_RES *r = mysql_use_result(c);
		while (r && mysql_fetch_row(r))
			;
		mysql_free_result(r);
	} while (mysql_next_result(c) == 0);
}

static void run(MYSQL *c, const char *text)
{
	if (mysql_query(c, text)) {
		told(text, "error", mysql_errno(c));
		return;
	}
	MYSQL_RES *r = mysql_use_result(c);
	long long rows = 0;
	if (!r) {
		if (!mysql_more_results(c))
			told(text, "affected", mysql_affected_rows(c));
	} else {
		while (mysql_fetch_row(r))
			rows++;
		if (mysql_errno(c))
			told(text, "error", mysql_errno(c));
		else if (!mysql_more_results(c))
			told(text, "rows", rows);
		mysql_free_result(r);
	}
	while (mysql_next_result(c) == 0)
		mysql_free_result(mysql_store_result(c));
}

static void execute(MYSQL *c, const char *text, MYSQL_BIND *bind, int times, int cursor)
{
	MYSQL_STMT *s = mysql_stmt_init(c);
	if (mysql_stmt_prepare(s, text, strlen(text))) {
		told(text, "error", mysql_stmt_errno(s));
		mysql_stmt_close(s);
		return;
	}
	if (cursor) {
		unsigned long type = CURSOR_TYPE_READ_ONLY, rows = 10;
		mysql_stmt_attr_set(s, STMT_ATTR_CURSOR_TYPE, &type);
		mysql_stmt_attr_set(s, STMT_ATTR_PREFETCH_ROWS, &rows);
	}
	if (bind)
		mysql_stmt_bind_param(s, bind);
	for (int i = 0; i < times; i++) {
		if (bind && mysql_stmt_param_count(s) && bind[0].buffer_type == MYSQL_TYPE_LONG_BLOB) {
			mysql_stmt_send_long_data(s, 0, "the beginning, ", 15);
			mysql_stmt_send_long_data(s, 0, "the end", 7);
		}
		if (mysql_stmt_execute(s)) {
			told(text, "error", mysql_stmt_errno(s));
			continue;
		}
		long long rows = 0;
		if (!mysql_stmt_field_count(s)) {
			told(text, "affected", mysql_stmt_affected_rows(s));
		} else {
			while (mysql_stmt_fetch(s) == 0)
				rows++;
			if (!cursor && !strstr(text, "CALL"))
				told(text, "rows", rows);
		}
		while (mysql_stmt_next_result(s) == 0)
			mysql_stmt_free_result(s);
		mysql_stmt_free_result(s);
	}
	mysql_stmt_reset(s);
	mysql_stmt_close(s);
}

static MYSQL *open_connection(int port, const char *user, const char *password, const char *compression)
{
	MYSQL *c = mysql_init(NULL);
	unsigned int local = 1, level = 3;
#ifdef MYSQL_OPT_SSL_MODE_IS_ENUM
#endif
	enum mysql_ssl_mode mode = SSL_MODE_DISABLED;
	bool key = true;
	mysql_options(c, MYSQL_OPT_SSL_MODE, &mode);
	mysql_options(c, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &key);
	mysql_options(c, MYSQL_OPT_LOCAL_INFILE, &local);
	mysql_options(c, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options4(c, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "session of libmysqlclient");
	if (compression) {
		mysql_options(c, MYSQL_OPT_COMPRESSION_ALGORITHMS, compression);
		mysql_options(c, MYSQL_OPT_ZSTD_COMPRESSION_LEVEL, &level);
	}
	if (!mysql_real_connect(c, "127.0.0.1", user, password, "tap", port, NULL, CLIENT_MULTI_STATEMENTS)) {
		mysql_close(c);
		return NULL;
	}
	return c;
}

int main(int argc, char **argv)
{
	int port = atoi(argv[1]);
	const char *user = argv[2], *password = argv[3];
	MYSQL *c = open_connection(port, user, password, NULL);
	(void)argc;
	if (!c)
		return 1;
	run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`");
	run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'c'), (2, NULL, 'second'), (3, '', NULL)");
	run(c, "SELECT s, i FROM item ORDER BY id");
	run(c, "SELECT nothing FROM item");
	run(c, "SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number");
	run(c, "CALL fails_later()");
	run(c, "CALL two_results(3, @b)");
	run(c, "SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4");
	run(c, "SELECT 1; SELEC 2");
	mysql_set_server_option(c, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
	run(c, "SELECT 1; SELECT 2");
	mysql_set_server_option(c, MYSQL_OPTION_MULTI_STATEMENTS_ON);

	long long i = -42;
	unsigned long long u = 18446744073709551615ull;
	double f = 0.1;
	float g = 0.1f;
	short sh = -7;
	signed char tiny = -3;
	char text[] = "it's\\ ☃";
	unsigned char blob[] = { 0, 1, 254, 255 };
	unsigned long text_length = strlen(text), blob_length = 4;
	MYSQL_TIME t = { .year = 2026, .month = 2, .day = 3, .hour = 4, .minute = 5, .second = 6, .second_part = 789012, .time_type = MYSQL_TIMESTAMP_DATETIME };
	MYSQL_TIME ti = { .hour = 30, .minute = 5, .second = 6, .second_part = 7, .neg = 1, .time_type = MYSQL_TIMESTAMP_TIME };
	MYSQL_TIME da = { .year = 2024, .month = 2, .day = 29, .time_type = MYSQL_TIMESTAMP_DATE };
	bool is_null = 1;
	MYSQL_BIND b[10];
	memset(b, 0, sizeof(b));
	b[0].buffer_type = MYSQL_TYPE_LONGLONG, b[0].buffer = &i;
	b[1].buffer_type = MYSQL_TYPE_LONGLONG, b[1].buffer = &u, b[1].is_unsigned = 1;
	b[2].buffer_type = MYSQL_TYPE_NEWDECIMAL, b[2].buffer = "12345.678901", b[2].buffer_length = 12;
	b[3].buffer_type = MYSQL_TYPE_DOUBLE, b[3].buffer = &f;
	b[4].buffer_type = MYSQL_TYPE_STRING, b[4].buffer = text, b[4].length = &text_length;
	b[5].buffer_type = MYSQL_TYPE_BLOB, b[5].buffer = blob, b[5].length = &blob_length;
	b[6].buffer_type = MYSQL_TYPE_DATETIME, b[6].buffer = &t;
	b[7].buffer_type = MYSQL_TYPE_TIME, b[7].buffer = &ti;
	b[8].buffer_type = MYSQL_TYPE_DATE, b[8].buffer = &da;
	b[9].buffer_type = MYSQL_TYPE_NULL, b[9].is_null = &is_null;
	execute(c, "INSERT INTO item (i, u, d, f, s, b, t, ti, da, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", b, 2, 0);
	MYSQL_BIND few[3];
	memset(few, 0, sizeof(few));
	few[0].buffer_type = MYSQL_TYPE_FLOAT, few[0].buffer = &g;
	few[1].buffer_type = MYSQL_TYPE_SHORT, few[1].buffer = &sh;
	few[2].buffer_type = MYSQL_TYPE_TINY, few[2].buffer = &tiny;
	execute(c, "SELECT ?, ?, ?", few, 2, 0);
	MYSQL_BIND l[2];
	memset(l, 0, sizeof(l));
	l[0].buffer_type = MYSQL_TYPE_LONG_BLOB;
	l[1].buffer_type = MYSQL_TYPE_LONGLONG, l[1].buffer = &i;
	execute(c, "INSERT INTO item (b, i) VALUES (?, ?)", l, 2, 0);
	long long limit = 25;
	MYSQL_BIND n[1];
	memset(n, 0, sizeof(n));
	n[0].buffer_type = MYSQL_TYPE_LONGLONG, n[0].buffer = &limit;
	execute(c, "SELECT n FROM number WHERE n <= ?", n, 2, 1);
	execute(c, "CALL two_results(?, @b)", n, 1, 0);
	execute(c, "SELECT missing FROM item WHERE i = ?", n, 1, 0);
	execute(c, "SELECT n, NULL FROM number", NULL, 1, 0);
#if MYSQL_VERSION_ID >= 80023
	const char *names[] = { "trace", "number" };
	MYSQL_BIND a[2];
	unsigned long trace_length = 7;
	memset(a, 0, sizeof(a));
	a[0].buffer_type = MYSQL_TYPE_STRING, a[0].buffer = "abc-123", a[0].length = &trace_length;
	a[1].buffer_type = MYSQL_TYPE_LONGLONG, a[1].buffer = &i;
	mysql_bind_param(c, 2, a, names);
	run(c, "SELECT 5");
#endif
	mysql_free_result(mysql_list_fields(c, "item", NULL));
	mysql_ping(c);
	mysql_stat(c);
	mysql_dump_debug_info(c);
	mysql_select_db(c, "tap2");
	run(c, "SELECT DATABASE()");
	mysql_reset_connection(c);
	mysql_change_user(c, "tap2", "tap2pass", "tap");
	run(c, "SELECT DATABASE()");
	mysql_close(c);

	c = open_connection(port, user, password, NULL);
	size_t size = 17 << 20;
	char *big = malloc(size + 1);
	memset(big, 'x', size);
	memcpy(big, "SELECT LENGTH('", 15);
	memcpy(big + size - 2, "')", 3);
	if (mysql_real_query(c, big, size) == 0)
		drain(c);
	free(big);
	run(c, "SELECT REPEAT('y', 17000000)");
	run(c, "SELECT 'after'");
	mysql_close(c);

	const char *kinds[] = { "zlib", "zstd" };
	for (int k = 0; k < 2; k++) {
		c = open_connection(port, user, password, kinds[k]);
		if (!c)
			continue;
		run(c, "SELECT n, REPEAT(n, 50) FROM number");
		run(c, "SELECT REPEAT('z', 100000)");
		execute(c, "SELECT n FROM number WHERE n <= ?", n, 2, 0);
		mysql_close(c);
	}
	c = open_connection(port, user, "wrong", NULL);
	return c != NULL;
}

"""Python's PyMySQL: text, warnings, several results, unbuffered reading, kill, a file."""
import json, sys, tempfile
import pymysql, pymysql.cursors

port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CLIENT = pymysql.constants.CLIENT


def connect(**more):
    options = dict(host='127.0.0.1', port=port, user=user, password=password, database='tap', charset='utf8mb4')
    if pymysql.VERSION[0] >= 1 and 'ssl_disabled' in pymysql.connections.Connection.__init__.__code__.co_varnames:
        options['ssl_disabled'] = True
    return pymysql.connect(**{**options, 'local_infile': True, 'client_flag': CLIENT.MULTI_STATEMENTS, **more})


def tell(text, cursor=None, rows=None, error=None):
    told = {'text': text}
    if error is not None:
        told['error'] = error.args[0]
    elif rows is None:
        told['affected'] = cursor.rowcount
    else:
        told['rows'] = len(rows)
    print(json.dumps(told))


def run(connection, text, kind=pymysql.cursors.Cursor):
    cursor = connection.cursor(kind)
    try:
        cursor.execute(text)
        rows = cursor.fetchall() if cursor.description else None
        while cursor.nextset():
            pass
        tell(text, cursor, rows)
        cursor.close()
    except pymysql.MySQLError as error:
        tell(text, error=error)


c = connect()
run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'pymysql'), (2, NULL, 'second'), (3, '', NULL)")
run(c, 'SELECT s, i FROM item ORDER BY id')
run(c, 'SELECT * FROM item WHERE id < 0')
run(c, 'UPDATE item SET f = 1.5 WHERE i < 3')
run(c, "INSERT INTO item (note) VALUES ('pymysql')")
run(c, 'SELECT nothing FROM item')
run(c, 'SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number', pymysql.cursors.SSCursor)
run(c, 'CALL fails_later()')
run(c, "SELECT 1 + 'x'")
cursor = c.cursor()
cursor.execute('SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4')
while cursor.nextset():
    pass
cursor.callproc('two_results', (3, 0))
while cursor.nextset():
    pass
cursor.execute('SELECT @_two_results_1')
print(json.dumps({'text': 'SELECT @_two_results_1', 'rows': len(cursor.fetchall())}))
cursor.executemany('INSERT INTO item (i, s) VALUES (%s, %s)', [(i, 'row %d' % i) for i in range(20)])
c.commit()
run(c, 'SELECT n, REPEAT(n, 50) FROM number', pymysql.cursors.SSCursor)
c.ping()
c.select_db('tap2')
run(c, 'SELECT DATABASE()')
c.select_db('tap')
with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
    file.write('1\tone\n2\ttwo\n3\tthree\n' * 1000)
    file.flush()
    run(c, 'LOAD DATA LOCAL INFILE %s INTO TABLE item (i, s)' % json.dumps(file.name))
try:
    c.query("LOAD DATA LOCAL INFILE '/nowhere/at/all' INTO TABLE item (i, s)")
except pymysql.MySQLError:
    pass  # its own: the server was sent an empty file
run(c, 'SELECT COUNT(*) FROM item')
run(c, 'SELECT LENGTH(%s)' % json.dumps('x' * 100000))
c.autocommit(False)
run(c, 'DELETE FROM item WHERE i = 7')
c.rollback()
victim = connect()
run(c, 'KILL %d' % victim.thread_id())
try:
    victim.query('SELECT 1')
except pymysql.MySQLError:
    pass
c.close()
for wrong in ({'password': 'wrong'}, {'user': 'nobody'}, {'database': 'missing'}):
    try:
        connect(**wrong)
    except (pymysql.MySQLError, RuntimeError):
        pass

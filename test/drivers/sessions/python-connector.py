"""Python's mysql-connector: binary protocol, query attributes, cursors, other users, compression."""
import datetime, decimal, json, sys
import mysql.connector
from mysql.connector import errors

port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def connect(**more):
    options = dict(host='127.0.0.1', port=port, user=user, password=password, database='tap', ssl_disabled=True, use_pure=True)
    return mysql.connector.connect(**{**options, **more})


def tell(text, cursor=None, error=None):
    told = {'text': text}
    if error is not None:
        told['error'] = error.errno
    elif cursor.description is None:
        told['affected'] = cursor.rowcount
    else:
        told['rows'] = len(cursor.fetchall())
    print(json.dumps(told))


def run(connection, text, values=(), **kind):
    cursor = connection.cursor(**kind)
    try:
        cursor.execute(text, values)
        tell(text if kind.get('prepared') is None else text.replace('%s', '?'), cursor)
    except errors.Error as error:
        tell(text if kind.get('prepared') is None else text.replace('%s', '?'), error=error)
    try:
        cursor.close()
    except errors.Error:
        pass


c = connect(conn_attrs={'program_name': 'session of connector'})
run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'connector'), (2, NULL, 'second'), (3, '', NULL)")
run(c, 'SELECT s, i FROM item ORDER BY id')
run(c, 'SELECT nothing FROM item')
insert = 'INSERT INTO item (i, u, d, f, s, b, t, ti, da) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)'
values = (-42, 18446744073709551615, decimal.Decimal('12345.678901'), 0.1, "it's\\ \"quoted\" ☃", bytes([0, 1, 254, 255]),
          datetime.datetime(2026, 2, 3, 4, 5, 6, 789012), datetime.timedelta(hours=-30, microseconds=5), datetime.date(2024, 2, 29))
cursor = c.cursor(prepared=True)
for each in (values, (None,) * 9, values):
    cursor.execute(insert, each)
    tell(insert.replace('%s', '?'), cursor)
cursor.close()
for id in (1, 2, None):
    run(c, 'SELECT id, s, b FROM item WHERE id = %s', (id,), prepared=True)
run(c, 'SELECT missing FROM item WHERE id = %s', (1,), prepared=True)
attributed = c.cursor()
attributed.add_attribute('trace', 'abc-123')
attributed.add_attribute('number', 42)
attributed.execute('SELECT 5')
tell('SELECT 5', attributed)
attributed.close()
cursor = c.cursor()
cursor.callproc('two_results', (3, 0))
cursor.close()
c.commit()
c.ping()
c.cmd_statistics()
c.cmd_init_db('tap2')
run(c, 'SELECT DATABASE()')
try:
    c.cmd_reset_connection()
except (errors.Error, NotImplementedError):
    pass
c.cmd_change_user(username='tap2', password='tap2pass', database='tap')
run(c, 'SELECT DATABASE()')
c.close()
c = connect(compress=True)
run(c, 'SELECT n, REPEAT(n, 50) FROM number')
run(c, 'SELECT LENGTH(%s)' % json.dumps('x' * 20000))
run(c, 'SELECT %s + 1', (1,), prepared=True)
c.close()
try:
    connect(password='wrong')
except errors.Error:
    pass

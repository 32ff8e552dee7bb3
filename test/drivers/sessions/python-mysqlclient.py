"""Python's mysqlclient, over the C library: text, several results, unbuffered reading, other users."""
import json, sys
import MySQLdb, MySQLdb.constants.CLIENT, MySQLdb.cursors

port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def connect(**more):
    options = dict(host='127.0.0.1', port=port, user=user, passwd=password, db='tap', charset='utf8mb4', local_infile=1, client_flag=MySQLdb.constants.CLIENT.MULTI_STATEMENTS)
    return MySQLdb.connect(**{**options, **more})


def tell(text, cursor=None, error=None):
    told = {'text': text}
    if error is not None:
        told['error'] = error.args[0]
    elif cursor.description is None:
        told['affected'] = cursor.rowcount
    else:
        told['rows'] = len(cursor.fetchall())
    print(json.dumps(told))


def run(connection, text, kind=MySQLdb.cursors.Cursor):
    cursor = connection.cursor(kind)
    try:
        cursor.execute(text)
        tell(text, cursor)
        cursor.close()
    except MySQLdb.Error as error:
        tell(text, error=error)


c = connect()
run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'mysqlclient'), (2, NULL, 'second'), (3, '', NULL)")
run(c, 'SELECT s, i FROM item ORDER BY id')
run(c, 'SELECT nothing FROM item')
run(c, 'SELECT n, REPEAT(n, 50) FROM number', MySQLdb.cursors.SSCursor)
run(c, 'SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number', MySQLdb.cursors.SSCursor)
cursor = c.cursor()
cursor.execute('SELECT 1; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4')
while cursor.nextset():
    pass
cursor.callproc('two_results', (3, 0))
while cursor.nextset():
    pass
cursor.executemany('INSERT INTO item (i, s) VALUES (%s, %s)', [(i, 'row %d' % i) for i in range(20)])
c.commit()
c.ping()
c.stat()
c.select_db('tap2')
run(c, 'SELECT DATABASE()')
c.change_user('tap2', 'tap2pass', 'tap')
run(c, 'SELECT DATABASE()')
c.close()
try:
    c = connect(compress=True)
    run(c, 'SELECT n, REPEAT(n, 50) FROM number')
    c.close()
except MySQLdb.Error:
    pass
try:
    connect(passwd='wrong')
except MySQLdb.Error:
    pass
